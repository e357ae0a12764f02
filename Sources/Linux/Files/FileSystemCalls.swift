internal import CLinux
internal import Glibc

/// Calls on paths. A relative path starts from the working directory.
extension FilePath {
  private static let here = Int(CL_AT_FDCWD)

  /// openat(2), always with O_CLOEXEC.
  public func open(
    flags: Int32, mode: UInt32 = 0, remedy: @autoclosure () -> String
  ) throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check("open the file", description, remedy: remedy()) {
          withAddress { path in
            systemCall(SystemCall(SYS_openat), FilePath.here, path, Int(flags | CL_O_CLOEXEC), Int(mode))
          }
        }))
  }

  /// statx(2) of what the path names, a symbolic link itself included.
  ///
  /// - Returns: `nil` where there is no such file.
  public func status(following: Bool = false) throws(Failure) -> FileStatus? {
    let read = FileStatus.read(
      directory: CL_AT_FDCWD, path: self, flags: following ? 0 : CL_AT_SYMLINK_NOFOLLOW)
    if let status = read.status { return status }
    let errno = Errno(result: read.result)!
    if errno == .noEntry || errno == .notDirectory { return nil }
    throw Failure(
      "read the status of the file", description, errno, remedy: "Check that its directory can be reached.")
  }

  /// linkat(2): one more name for the file that `self` names, through a magic link of /proc too.
  public func link(to newName: FilePath, remedy: @autoclosure () -> String) throws(Failure) {
    try check("link the file", "\(description) to \(newName)", remedy: remedy()) {
      withAddress { from in
        newName.withAddress { to in
          systemCall(
            SystemCall(SYS_linkat), FilePath.here, from, FilePath.here, to, Int(CL_AT_SYMLINK_FOLLOW))
        }
      }
    }
  }

  /// unlinkat(2) of a file, or of an empty directory.
  ///
  /// - Returns: Whether there was one.
  @discardableResult
  public func unlink(directory: Bool = false) throws(Failure) -> Bool {
    let result = withAddress { path in
      systemCall(SystemCall(SYS_unlinkat), FilePath.here, path, directory ? Int(CL_AT_REMOVEDIR) : 0)
    }
    guard let errno = Errno(result: result) else { return true }
    if errno == .noEntry { return false }
    throw Failure("remove the file", description, errno, remedy: "Remove it by hand.")
  }

  /// mkdirat(2); the umask applies.
  public func makeDirectory(mode: UInt32, remedy: @autoclosure () -> String) throws(Failure) {
    try check("make the directory", description, remedy: remedy()) {
      withAddress { systemCall(SystemCall(SYS_mkdirat), FilePath.here, $0, Int(mode)) }
    }
  }

  /// mknodat(2): a fifo, socket, device node or empty file, as the format bits of `mode` say; the umask applies.
  public func makeNode(
    mode: UInt32, device: DeviceNumber = DeviceNumber(major: 0, minor: 0), remedy: @autoclosure () -> String
  ) throws(Failure) {
    try check("make the file", description, remedy: remedy()) {
      withAddress {
        systemCall(SystemCall(SYS_mknodat), FilePath.here, $0, Int(mode), Int(device.libraryForm & 0xffff_ffff))
      }
    }
  }

  /// symlinkat(2).
  public func makeSymbolicLink(to target: FilePath, remedy: @autoclosure () -> String) throws(Failure) {
    try check("make the symbolic link", description, remedy: remedy()) {
      withAddress { path in
        target.withAddress { systemCall(SystemCall(SYS_symlinkat), $0, FilePath.here, path) }
      }
    }
  }

  /// fchownat(2), not following a symbolic link.
  public func setOwner(uid: UInt32, gid: UInt32) throws(Failure) {
    try check("set the owner \(uid):\(gid)", description, remedy: "Restore with CAP_CHOWN, as root.") {
      withAddress {
        systemCall(
          SystemCall(SYS_fchownat), FilePath.here, $0, Int(uid), Int(gid), Int(CL_AT_SYMLINK_NOFOLLOW))
      }
    }
  }

  /// fchmodat(2) of the permission bits.
  public func setPermissions(_ mode: UInt32) throws(Failure) {
    try check("set the permissions", description, remedy: "Restore with CAP_FOWNER, as root.") {
      withAddress { systemCall(SystemCall(SYS_fchmodat), FilePath.here, $0, Int(mode & 0o7777)) }
    }
  }

  /// utimensat(2), not following a symbolic link.
  public func setTimes(accessed: FileTime, modified: FileTime) throws(Failure) {
    let times = [accessed.seconds, Int64(accessed.nanoseconds), modified.seconds, Int64(modified.nanoseconds)]
    try check("set the times", description, remedy: "Restore with CAP_FOWNER, as root.") {
      withAddress { path in
        times.withUnsafeBytes {
          systemCall(
            SystemCall(SYS_utimensat), FilePath.here, path, Int(bitPattern: $0.baseAddress),
            Int(CL_AT_SYMLINK_NOFOLLOW))
        }
      }
    }
  }
}
