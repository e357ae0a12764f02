// Written by imagegen from proto/ipc-sem.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ipcns-sem-<ns>.img: any number of records, each followed by raw data
public struct IpcSemEntry: ImageMessage {
  /// identity and owner
  public var desc: IpcDescEntry = IpcDescEntry()
  /// number of u16 values that follow
  public var nsems: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "ipc_sem_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpcSemEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpcSemEntry>) {
    ipc_sem_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpcSemEntry>) {
    desc = IpcDescEntry(reading: c.pointee.desc)
    nsems = c.pointee.nsems
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpcSemEntry>, _ arena: Arena) {
    c.pointee.desc = arena.message(desc)
    c.pointee.nsems = nsems
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
