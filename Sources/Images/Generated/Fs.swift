// Written by imagegen from proto/fs.proto: change that and run `make images`.

internal import CImages
public import Linux

/// fs-<pid>.img: one record
public struct FsEntry: ImageMessage {
  /// file id of /proc/PID/cwd
  public var cwdId: UInt32 = 0
  /// file id of /proc/PID/root
  public var rootId: UInt32 = 0
  /// umask in parasite
  public var umask: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "fs_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FsEntry>) {
    fs_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FsEntry>) {
    cwdId = c.pointee.cwd_id
    rootId = c.pointee.root_id
    if c.pointee.has_umask != 0 { umask = c.pointee.umask }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FsEntry>, _ arena: Arena) {
    c.pointee.cwd_id = cwdId
    c.pointee.root_id = rootId
    if let value = umask {
      c.pointee.has_umask = 1
      c.pointee.umask = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
