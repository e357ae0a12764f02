internal import CLinux
internal import Glibc

/// What a file system knows an inode by, whatever its names are (struct file_handle of open_by_handle_at(2)).
public struct FileHandle: Hashable, Sendable {
  public let type: Int32
  /// At most 128.
  public let bytes: [UInt8]

  public init(type: Int32, bytes: [UInt8]) {
    self.type = type
    self.bytes = bytes
  }

  /// Opens the inode by O_PATH, which no watch of it notices.
  ///
  /// - Parameter directory: Of a mount of its file system.
  /// - Returns: `nil` when the file system does not know the handle, or knows none.
  public func open(onMountOf directory: FilePath) throws(Failure) -> OwnedFD? {
    let remedy = "Check that the mount can be reached."
    // The call takes no O_PATH descriptor for the mount, and any other would be noticed; it takes the working directory.
    let before = try FilePath(".").open(flags: CL_O_PATH, remedy: remedy)
    let place = try directory.open(flags: CL_O_PATH | CL_O_DIRECTORY, remedy: remedy)
    try place.borrowed().becomeWorkingDirectory("\(directory)")
    let result = openHere()
    try before.borrowed().becomeWorkingDirectory("the one before")
    switch Errno(result: result) {
    case nil: return OwnedFD(adopting: CInt(result))
    case Errno(ESTALE)?, Errno.notSupported?, Errno.invalid?, Errno.noEntry?: return nil
    case let errno?:
      throw Failure(
        "open the inode by its handle", "\(directory)", errno, remedy: "Run as root, or with CAP_DAC_READ_SEARCH.")
    }
  }

  private func openHere() -> Int {
    var handle = [UInt8](repeating: 0, count: 8 + bytes.count)
    withUnsafeBytes(of: UInt32(bytes.count)) { handle.replaceSubrange(0..<4, with: $0) }
    withUnsafeBytes(of: type) { handle.replaceSubrange(4..<8, with: $0) }
    handle.replaceSubrange(8..., with: bytes)
    return handle.withUnsafeMutableBytes {
      systemCall(
        SystemCall(SYS_open_by_handle_at), Int(CL_AT_FDCWD), Int(bitPattern: $0.baseAddress),
        Int(CL_O_PATH | CL_O_CLOEXEC))
    }
  }
}
