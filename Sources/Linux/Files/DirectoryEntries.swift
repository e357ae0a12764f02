internal import CLinux
internal import Glibc

extension FilePath {
  /// Calls `body` with each name in a directory, "." and ".." too, in the kernel's order (getdents64(2)).
  ///
  /// - Parameter following: A symbolic link may stand for the directory.
  func eachName(
    following: Bool = true, _ attempted: StaticString, remedy: @autoclosure () -> String,
    _ body: (ArraySlice<UInt8>) -> Void
  ) throws(Failure) {
    let directory = try open(
      flags: CL_O_RDONLY | CL_O_DIRECTORY | (following ? 0 : CL_O_NOFOLLOW), remedy: remedy())
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = try check("\(attempted)", description, remedy: remedy()) {
        buffer.withUnsafeMutableBytes { buffer in
          directory.withRaw {
            systemCall(SystemCall(SYS_getdents64), Int($0), Int(bitPattern: buffer.baseAddress), buffer.count)
          }
        }
      }
      if count == 0 { return }
      // struct linux_dirent64: inode u64, offset i64, byte count of the record u16, type u8, name with NUL.
      var start = 0
      while start < count {
        let end = start + (Int(buffer[start + 16]) | Int(buffer[start + 17]) << 8)
        body(buffer[start + 19..<end].prefix { $0 != 0 })
        start = end
      }
    }
  }

  /// The names in a directory, "." and ".." left out.
  public func names(following: Bool = true, remedy: @autoclosure () -> String) throws(Failure) -> [[UInt8]] {
    var names: [[UInt8]] = []
    try eachName(following: following, "list the directory", remedy: remedy()) { name in
      if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { names.append(Array(name)) }
    }
    return names
  }
}

/// The names in a directory of images, sorted.
public func names(inDirectory path: String) throws(Failure) -> [String] {
  try FilePath(path).names(remedy: "Name a directory that you may read with --images-dir.")
    .map { String(decoding: $0, as: UTF8.self) }.sorted()
}
