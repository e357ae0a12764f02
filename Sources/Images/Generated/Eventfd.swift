// Written by imagegen from proto/eventfd.proto: change that and run `make images`.

internal import CImages
public import Linux

/// eventfd_file_entry
public struct EventfdFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// eventfd-count of fdinfo (printed there in hex)
  public var counter: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "eventfd_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension EventfdFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.EventfdFileEntry>) {
    eventfd_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.EventfdFileEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    counter = c.pointee.counter
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.EventfdFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    c.pointee.counter = counter
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
