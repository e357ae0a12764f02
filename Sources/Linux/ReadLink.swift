internal import CLinux
internal import Glibc

extension SystemCall {
  static let readlinkat = SystemCall(SYS_readlinkat)
}

/// The text of a symbolic link, also of the magic ones in /proc (readlink(2)).
public func readLink(_ path: String) throws(Failure) -> String {
  try readLink(path, below: AT_FDCWD)
}

/// - Parameter directory: A descriptor that a relative path starts from.
public func readLink(_ path: String, below directory: CInt) throws(Failure) -> String {
  var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = try check(
    "read the link", path, remedy: "The task ended, or /proc is not mounted or hides it (hidepid)."
  ) {
    buffer.withUnsafeMutableBytes { buffer in
      path.withCString { path in
        systemCall(
          .readlinkat, Int(directory), Int(bitPattern: path), Int(bitPattern: buffer.baseAddress), buffer.count)
      }
    }
  }
  return String(decoding: buffer[..<count], as: UTF8.self)
}
