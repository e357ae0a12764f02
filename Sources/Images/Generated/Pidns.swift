// Written by imagegen from proto/pidns.proto: change that and run `make images`.

internal import CImages
public import Linux

/// pidns-<ns>.img (1, external only)
public struct PidnsEntry: ImageMessage {
  /// key of the external pid ns
  public var extKey: String?
  public var unknownFields: [UnknownField] = []

  public static let name = "pidns_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PidnsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PidnsEntry>) {
    pidns_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PidnsEntry>) {
    extKey = c.pointee.ext_key.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PidnsEntry>, _ arena: Arena) {
    c.pointee.ext_key = extKey.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
