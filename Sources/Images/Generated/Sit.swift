// Written by imagegen from proto/sit.proto: change that and run `make images`.

internal import CImages
public import Linux

/// sit_entry
public struct SitEntry: ImageMessage {
  public var link: UInt32?
  /// IFLA_IPTUN_LOCAL, absent when 0
  public var local: [UInt32] = []
  /// IFLA_IPTUN_REMOTE, absent when 0
  public var remote: [UInt32] = []
  public var ttl: UInt32?
  public var tos: UInt32?
  /// IFLA_IPTUN_PMTUDISC, only when true
  public var pmtudisc: Bool?
  public var proto: UInt32?
  public var flags: UInt32?
  public var encapType: UInt32?
  public var encapFlags: UInt32?
  public var encapSport: UInt32?
  public var encapDport: UInt32?
  /// 6RD prefix length, 13-16 only when nonzero
  public var rdPrefixlen: UInt32?
  /// 4 words
  public var rdPrefix: [UInt32] = []
  /// 6RD relay prefix length
  public var relayPrefixlen: UInt32?
  /// 1 word
  public var relayPrefix: [UInt32] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "sit_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SitEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SitEntry>) {
    sit_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SitEntry>) {
    if c.pointee.has_link != 0 { link = c.pointee.link }
    local = Read.values(c.pointee.local, c.pointee.n_local)
    remote = Read.values(c.pointee.remote, c.pointee.n_remote)
    if c.pointee.has_ttl != 0 { ttl = c.pointee.ttl }
    if c.pointee.has_tos != 0 { tos = c.pointee.tos }
    if c.pointee.has_pmtudisc != 0 { pmtudisc = c.pointee.pmtudisc != 0 }
    if c.pointee.has_proto != 0 { proto = c.pointee.proto }
    if c.pointee.has_flags != 0 { flags = c.pointee.flags }
    if c.pointee.has_encap_type != 0 { encapType = c.pointee.encap_type }
    if c.pointee.has_encap_flags != 0 { encapFlags = c.pointee.encap_flags }
    if c.pointee.has_encap_sport != 0 { encapSport = c.pointee.encap_sport }
    if c.pointee.has_encap_dport != 0 { encapDport = c.pointee.encap_dport }
    if c.pointee.has_rd_prefixlen != 0 { rdPrefixlen = c.pointee.rd_prefixlen }
    rdPrefix = Read.values(c.pointee.rd_prefix, c.pointee.n_rd_prefix)
    if c.pointee.has_relay_prefixlen != 0 { relayPrefixlen = c.pointee.relay_prefixlen }
    relayPrefix = Read.values(c.pointee.relay_prefix, c.pointee.n_relay_prefix)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SitEntry>, _ arena: Arena) {
    if let value = link {
      c.pointee.has_link = 1
      c.pointee.link = value
    }
    (c.pointee.local, c.pointee.n_local) = arena.values(local)
    (c.pointee.remote, c.pointee.n_remote) = arena.values(remote)
    if let value = ttl {
      c.pointee.has_ttl = 1
      c.pointee.ttl = value
    }
    if let value = tos {
      c.pointee.has_tos = 1
      c.pointee.tos = value
    }
    if let value = pmtudisc {
      c.pointee.has_pmtudisc = 1
      c.pointee.pmtudisc = value ? 1 : 0
    }
    if let value = proto {
      c.pointee.has_proto = 1
      c.pointee.proto = value
    }
    if let value = flags {
      c.pointee.has_flags = 1
      c.pointee.flags = value
    }
    if let value = encapType {
      c.pointee.has_encap_type = 1
      c.pointee.encap_type = value
    }
    if let value = encapFlags {
      c.pointee.has_encap_flags = 1
      c.pointee.encap_flags = value
    }
    if let value = encapSport {
      c.pointee.has_encap_sport = 1
      c.pointee.encap_sport = value
    }
    if let value = encapDport {
      c.pointee.has_encap_dport = 1
      c.pointee.encap_dport = value
    }
    if let value = rdPrefixlen {
      c.pointee.has_rd_prefixlen = 1
      c.pointee.rd_prefixlen = value
    }
    (c.pointee.rd_prefix, c.pointee.n_rd_prefix) = arena.values(rdPrefix)
    if let value = relayPrefixlen {
      c.pointee.has_relay_prefixlen = 1
      c.pointee.relay_prefixlen = value
    }
    (c.pointee.relay_prefix, c.pointee.n_relay_prefix) = arena.values(relayPrefix)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
