import Glibc
import Linux

/// An empty directory for one test; removed with what is in it, and it holds no directories.
final class ScratchDirectory {
  let path: String

  init() throws(Failure) {
    var template = Array("/tmp/criu-sinks-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Failure("make a directory", "/tmp", Errno(errno), remedy: "Make /tmp writable.")
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    for name in (try? names()) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  func open() throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check("open", path, remedy: "Look at the test.") { File.open(path, [.readOnly, .directory]) }))
  }

  /// Names of the files in it, sorted.
  func names() throws(Failure) -> [String] { try entries(of: path) }

  func contents(_ name: String) throws(Failure) -> [UInt8] {
    let file = OwnedFD(
      adopting: CInt(try check("open", name, remedy: "Look at the test.") { File.open("\(path)/\(name)", .readOnly) }))
    return try file.withRaw { (file: CInt) throws(Failure) in
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = try check("read", name, remedy: "Look at the test.") {
          buffer.withUnsafeMutableBytes { File.read(file, into: $0) }
        }
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
      }
    }
  }

  func write(_ bytes: [UInt8], to name: String) throws(Failure) {
    let file = OwnedFD(
      adopting: CInt(
        try check("create", name, remedy: "Look at the test.") {
          File.open("\(path)/\(name)", [.create, .truncate, .writeOnly], mode: 0o644)
        }))
    try file.withRaw { (file: CInt) throws(Failure) in
      _ = try check("write", name, remedy: "Look at the test.") { bytes.withUnsafeBytes { File.write(file, $0) } }
    }
  }

  /// Descriptors of this process that are open in the directory, and the directory itself. Other tests run at the same
  /// time, so those of the whole process tell nothing.
  func openDescriptors() throws(Failure) -> [CInt] {
    try entries(of: "/proc/self/fd").compactMap { name in
      // The descriptor with which the list is read is gone by now.
      let target: String
      do throws(Failure) { target = try readLink("/proc/self/fd/\(name)") } catch { return nil }
      return target == path || target.hasPrefix(path + "/") ? CInt(name) : nil
    }
  }
}

func entries(of path: String) throws(Failure) -> [String] {
  guard let directory = opendir(path) else {
    throw Failure("list", path, Errno(errno), remedy: "Look at the test.")
  }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
