// Written by imagegen from proto/tun.proto: change that and run `make images`.

internal import CImages
public import Linux

/// tunfile_entry
public struct TunfileEntry: ImageMessage {
  /// file id, equal to file_entry.id and to the id of a REG record written just before it (path of the tun
  /// node)
  public var id: UInt32 = 0
  /// TUNGETIFF name; absent when no device is attached
  public var netdev: String?
  public var detached: Bool?
  /// net ns id (TUNGETDEVNETNS)
  public var nsId: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "tunfile_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TunfileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TunfileEntry>) {
    tunfile_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TunfileEntry>) {
    id = c.pointee.id
    netdev = c.pointee.netdev.map(Read.text)
    if c.pointee.has_detached != 0 { detached = c.pointee.detached != 0 }
    if c.pointee.has_ns_id != 0 { nsId = c.pointee.ns_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TunfileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.netdev = netdev.map(arena.text)
    if let value = detached {
      c.pointee.has_detached = 1
      c.pointee.detached = value ? 1 : 0
    }
    if let value = nsId {
      c.pointee.has_ns_id = 1
      c.pointee.ns_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// tun_link_entry
public struct TunLinkEntry: ImageMessage {
  /// TUNGETIFF/sysfs tun_flags
  public var flags: UInt32 = 0
  /// sysfs owner
  public var owner: Int32 = 0
  /// sysfs group
  public var group: Int32 = 0
  /// TUNGETVNETHDRSZ, bytes
  public var vnethdr: UInt32 = 0
  /// TUNGETSNDBUF, bytes
  public var sndbuf: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "tun_link_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TunLinkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TunLinkEntry>) {
    tun_link_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TunLinkEntry>) {
    flags = c.pointee.flags
    owner = c.pointee.owner
    group = c.pointee.group
    vnethdr = c.pointee.vnethdr
    sndbuf = c.pointee.sndbuf
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TunLinkEntry>, _ arena: Arena) {
    c.pointee.flags = flags
    c.pointee.owner = owner
    c.pointee.group = group
    c.pointee.vnethdr = vnethdr
    c.pointee.sndbuf = sndbuf
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
