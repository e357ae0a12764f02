// Written by imagegen from proto/ipc-desc.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ipc_desc_entry
public struct IpcDescEntry: ImageMessage {
  /// IPC key
  public var key: UInt32 = 0
  public var uid: UInt32 = 0
  public var gid: UInt32 = 0
  public var cuid: UInt32 = 0
  /// creator group
  public var cgid: UInt32 = 0
  /// permission bits
  public var mode: UInt32 = 0
  /// kernel id; restored through *_next_id sysctls
  public var id: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "ipc_desc_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpcDescEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpcDescEntry>) {
    ipc_desc_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpcDescEntry>) {
    key = c.pointee.key
    uid = c.pointee.uid
    gid = c.pointee.gid
    cuid = c.pointee.cuid
    cgid = c.pointee.cgid
    mode = c.pointee.mode
    id = c.pointee.id
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpcDescEntry>, _ arena: Arena) {
    c.pointee.key = key
    c.pointee.uid = uid
    c.pointee.gid = gid
    c.pointee.cuid = cuid
    c.pointee.cgid = cgid
    c.pointee.mode = mode
    c.pointee.id = id
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
