// Written by imagegen from proto/signalfd.proto: change that and run `make images`.

internal import CImages
public import Linux

/// signalfd_entry
public struct SignalfdEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// fdinfo sigmask
  public var sigmask: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "signalfd_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SignalfdEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SignalfdEntry>) {
    signalfd_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SignalfdEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    sigmask = c.pointee.sigmask
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SignalfdEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    c.pointee.sigmask = sigmask
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
