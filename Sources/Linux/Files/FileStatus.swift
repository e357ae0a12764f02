internal import CLinux
internal import Glibc

/// A device number. The kernel and the C library pack it differently, and images hold both forms.
public struct DeviceNumber: Hashable, Sendable {
  public let major: UInt32
  public let minor: UInt32

  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// major << 20 | minor.
  public var kernelForm: UInt32 { major << 20 | minor & 0xfffff }

  /// dev_t of the C library (makedev(3)), which system calls take; the low 32 bits hold all that the kernel knows.
  public var libraryForm: UInt64 {
    UInt64(minor & 0xff) | UInt64(major & 0xfff) << 8 | UInt64(minor & ~0xff) << 12 | UInt64(major & ~0xfff) << 32
  }

  /// From the C library's form.
  public init(libraryForm form: UInt64) {
    major = UInt32((form >> 8) & 0xfff) | UInt32((form >> 32) & ~0xfff & 0xffff_ffff)
    minor = UInt32(form & 0xff) | UInt32((form >> 12) & ~0xff & 0xffff_ffff)
  }
}

/// What an inode is, from the format bits of its mode (inode(7)).
public enum InodeFormat: Hashable, Sendable {
  case regular, directory, symbolicLink, characterDevice, blockDevice, fifo, socket
  /// No format bits: an anonymous inode, such as those of epoll.
  case none

  public init(mode: UInt32) {
    self =
      switch mode & 0o170000 {
      case 0o100000: .regular
      case 0o040000: .directory
      case 0o120000: .symbolicLink
      case 0o020000: .characterDevice
      case 0o060000: .blockDevice
      case 0o010000: .fifo
      case 0o140000: .socket
      default: .none
      }
  }
}

/// Seconds and nanoseconds since 1970.
public struct FileTime: Hashable, Sendable {
  public let seconds: Int64
  public let nanoseconds: UInt32

  public init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }
}

/// What statx(2) tells of a file.
public struct FileStatus: Hashable, Sendable {
  /// The device of the file system, as stat(2) has it.
  public let device: DeviceNumber
  public let inode: UInt64
  /// Format and permission bits.
  public let mode: UInt32
  public let linkCount: UInt32
  public let uid: UInt32
  public let gid: UInt32
  public let byteCount: UInt64
  /// What the file takes on its disk; less than `byteCount` where it has holes.
  public let allocatedByteCount: UInt64
  /// Of a device node.
  public let deviceNode: DeviceNumber
  public let accessed: FileTime
  public let modified: FileTime
  /// Of the mount, as in /proc/PID/mountinfo; `nil` on kernels before 5.8.
  public let mountID: UInt64?

  public var format: InodeFormat { InodeFormat(mode: mode) }

  /// Whether both tell of one inode.
  public func isSameInode(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

  private init(_ raw: cl_statx) {
    device = DeviceNumber(major: raw.dev_major, minor: raw.dev_minor)
    inode = raw.inode
    mode = UInt32(raw.mode)
    linkCount = raw.link_count
    uid = raw.uid
    gid = raw.gid
    byteCount = raw.byte_count
    allocatedByteCount = raw.block_count * 512
    deviceNode = DeviceNumber(major: raw.rdev_major, minor: raw.rdev_minor)
    accessed = FileTime(seconds: raw.accessed.seconds, nanoseconds: raw.accessed.nanoseconds)
    modified = FileTime(seconds: raw.modified.seconds, nanoseconds: raw.modified.nanoseconds)
    mountID = raw.mask & FileStatus.mountIDMask != 0 ? raw.mount_id : nil
  }

  private static let basicMask: UInt32 = 0x7ff
  private static let mountIDMask: UInt32 = 0x1000

  /// statx(2).
  ///
  /// - Parameter path: Empty for `directory` itself.
  static func read(directory: CInt, path: FilePath, flags: CInt) -> (result: Int, status: FileStatus?) {
    var raw = cl_statx()
    let result = path.withAddress { path in
      withUnsafeMutableBytes(of: &raw) {
        systemCall(
          SystemCall(SYS_statx), Int(directory), path, Int(flags), Int(basicMask | mountIDMask),
          Int(bitPattern: $0.baseAddress))
      }
    }
    return (result, result < 0 ? nil : FileStatus(raw))
  }
}
