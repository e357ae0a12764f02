internal import Glibc

/// The whole text of a file. Bytes that are not UTF-8 are shown as U+FFFD: for files of text only.
///
/// - Returns: `nil` where there is none and `ifPresent` says that this is fine.
public func textOfFile(_ path: String, ifPresent: Bool = false) throws(Failure) -> String? {
  let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC)
  guard raw >= 0 else {
    let errno = Errno(Glibc.errno)
    if ifPresent, errno == .noEntry || errno == .notDirectory { return nil }
    throw Failure("open the file", path, errno, remedy: "Check its name and its permissions.")
  }
  let file = OwnedFD(adopting: raw)
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = try check("read the file", path, remedy: "Check that it is a regular file and that its disk works.") {
      file.withRaw { raw in
        let count = Glibc.read(raw, &buffer, buffer.count)
        return count < 0 ? -Int(Glibc.errno) : count
      }
    }
    guard count > 0 else { return String(decoding: text, as: UTF8.self) }
    text.append(contentsOf: buffer[..<count])
  }
}

/// A variable of the environment, or `nil` where it is not set.
public func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Writes a short text to a file that must not exist yet.
///
/// - Throws: `EEXIST` it does.
public func writeNewFile(_ path: String, _ text: String) throws(Failure) {
  let raw = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
  guard raw >= 0 else {
    throw Failure("make the file", path, Errno(Glibc.errno), remedy: "Name a file that does not exist, in a directory that does.")
  }
  let file = OwnedFD(adopting: raw)
  try writeText(text, to: raw)
  try file.close(path)
}
