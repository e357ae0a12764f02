internal import CLinux
internal import Glibc

extension FilePath {
  /// The names in a directory, "." and ".." left out (getdents64(2)).
  ///
  /// - Returns: `nil` when it is none, is gone, or may not be read.
  public func names() -> [[UInt8]]? {
    let result = withAddress {
      systemCall(
        SystemCall(SYS_openat), Int(CL_AT_FDCWD), $0,
        Int(CL_O_RDONLY | CL_O_DIRECTORY | CL_O_NOFOLLOW | CL_O_CLOEXEC))
    }
    guard Errno(result: result) == nil else { return nil }
    let directory = OwnedFD(adopting: CInt(result))
    var names: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = buffer.withUnsafeMutableBytes { buffer in
        directory.withRaw {
          systemCall(SystemCall(SYS_getdents64), Int($0), Int(bitPattern: buffer.baseAddress), buffer.count)
        }
      }
      guard count > 0 else { return names }
      // struct linux_dirent64: byte count of the record u16 at 16, name with NUL at 19.
      var start = 0
      while start < count {
        let end = start + (Int(buffer[start + 16]) | Int(buffer[start + 17]) << 8)
        let name = Array(buffer[start + 19..<end].prefix { $0 != 0 })
        if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
        start = end
      }
    }
  }
}
