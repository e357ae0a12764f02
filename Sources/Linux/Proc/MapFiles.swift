internal import CLinux
internal import Glibc

/// /proc/PID/map_files/START-END: the file that a mapping is of, also when no path leads to it any more.
public struct MapFilesLink: Sendable, CustomStringConvertible {
  /// The path of the link.
  public let description: String

  public init(pid: Int32, range: Range<UInt64>) {
    description =
      "/proc/\(pid)/map_files/\(String(range.lowerBound, radix: 16))-\(String(range.upperBound, radix: 16))"
  }

  /// Access mode that the file was open with when it was mapped: O_RDONLY 0, O_WRONLY 1, O_RDWR 2. The owner's
  /// permission bits of the link tell it (lstat(2)).
  public func accessMode() throws(Failure) -> UInt32 {
    var status = stat()
    try check("read how the file is mapped", description, remedy: MapFilesLink.remedy) {
      description.withCString { path in
        withUnsafeMutablePointer(to: &status) {
          systemCall(
            SystemCall(SYS_newfstatat), Int(AT_FDCWD), Int(bitPattern: path), Int(bitPattern: $0),
            Int(AT_SYMLINK_NOFOLLOW))
        }
      }
    }
    return status.st_mode & 0o600 == 0o600 ? 2 : status.st_mode & 0o200 != 0 ? 1 : 0
  }

  /// The path of the file as we would name it, with " (deleted)" after one that was removed: also where the link itself
  /// cannot be followed.
  public func target() throws(Failure) -> FilePath {
    try FilePath(description).readLink(remedy: "The task ended, or /proc hides it (hidepid).")
  }

  /// Whether the kernel lets us follow such links, which it does for CAP_SYS_ADMIN and CAP_CHECKPOINT_RESTORE in the
  /// first user namespace alone. Tried once, on memory of our own.
  public static let canBeFollowed: Bool = {
    let byteCount = 4096
    let memory = systemCall(.mmap, 0, byteCount, Int(PROT_READ), Int(MAP_SHARED | MAP_ANONYMOUS), -1, 0)
    guard memory > 0 else { return true }
    defer { _ = systemCall(.munmap, memory, byteCount) }
    let start = UInt64(memory)
    let raw = File.open(MapFilesLink(pid: getpid(), range: start..<start + UInt64(byteCount)).description, .path)
    if raw >= 0 { _ = systemCall(SystemCall(SYS_close), raw) }
    return Errno(result: raw) != .notPermitted
  }()

  public static let remedy = "Run with CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE in the first user namespace."
}
