// Written by imagegen from proto/macvlan.proto: change that and run `make images`.

internal import CImages
public import Linux

/// macvlan_link_entry
public struct MacvlanLinkEntry: ImageMessage {
  public var mode: UInt32 = 0
  public var flags: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "macvlan_link_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension MacvlanLinkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.MacvlanLinkEntry>) {
    macvlan_link_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.MacvlanLinkEntry>) {
    mode = c.pointee.mode
    if c.pointee.has_flags != 0 { flags = c.pointee.flags }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.MacvlanLinkEntry>, _ arena: Arena) {
    c.pointee.mode = mode
    if let value = flags {
      c.pointee.has_flags = 1
      c.pointee.flags = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
