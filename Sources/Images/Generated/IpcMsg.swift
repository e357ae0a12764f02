// Written by imagegen from proto/ipc-msg.proto: change that and run `make images`.

internal import CImages
public import Linux

/// inside ipcns-msg after each queue
public struct IpcMsg: ImageMessage {
  /// message type
  public var mtype: UInt64 = 0
  /// bytes of text that follow, padded to 8
  public var msize: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "ipc_msg"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpcMsg: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpcMsg>) {
    ipc_msg__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpcMsg>) {
    mtype = c.pointee.mtype
    msize = c.pointee.msize
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpcMsg>, _ arena: Arena) {
    c.pointee.mtype = mtype
    c.pointee.msize = msize
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// ipcns-msg-<ns>.img: any number of records
public struct IpcMsgEntry: ImageMessage {
  /// identity and owner
  public var desc: IpcDescEntry = IpcDescEntry()
  /// msg_qbytes, byte limit of the queue
  public var qbytes: UInt32 = 0
  /// number of ipc_msg records that follow
  public var qnum: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "ipc_msg_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpcMsgEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpcMsgEntry>) {
    ipc_msg_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpcMsgEntry>) {
    desc = IpcDescEntry(reading: c.pointee.desc)
    qbytes = c.pointee.qbytes
    qnum = c.pointee.qnum
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpcMsgEntry>, _ arena: Arena) {
    c.pointee.desc = arena.message(desc)
    c.pointee.qbytes = qbytes
    c.pointee.qnum = qnum
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
