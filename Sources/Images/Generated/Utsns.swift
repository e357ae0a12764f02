// Written by imagegen from proto/utsns.proto: change that and run `make images`.

internal import CImages
public import Linux

/// utsns-<ns>.img: one record
public struct UtsnsEntry: ImageMessage {
  /// uname() inside ns
  public var nodename: String = ""
  /// uname() inside ns
  public var domainname: String = ""
  public var unknownFields: [UnknownField] = []

  public static let name = "utsns_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UtsnsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UtsnsEntry>) {
    utsns_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UtsnsEntry>) {
    nodename = Read.text(c.pointee.nodename)
    domainname = Read.text(c.pointee.domainname)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UtsnsEntry>, _ arena: Arena) {
    c.pointee.nodename = arena.text(nodename)
    c.pointee.domainname = arena.text(domainname)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
