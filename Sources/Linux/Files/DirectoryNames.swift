internal import Glibc

/// The names in a directory, sorted, without "." and "..".
public func names(inDirectory path: String) throws(Failure) -> [String] {
  guard let directory = opendir(path) else {
    throw Failure(
      "list the directory", path, Errno(Glibc.errno), remedy: "Name a directory that you may read with --images-dir.")
  }
  defer { closedir(directory) }
  var found: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { found.append(name) }
  }
  return found.sorted()
}
