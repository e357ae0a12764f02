// Written by imagegen from proto/sk-inet.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ip_opts_raw_entry
public struct IpOptsRawEntry: ImageMessage {
  /// IP_HDRINCL / IPV6_HDRINCL, written only when set
  public var hdrincl: Bool?
  /// IP_NODEFRAG (IPv4), only when set
  public var nodefrag: Bool?
  /// not written by 4.2
  public var checksum: Bool?
  /// ICMP: 1 word ICMP_FILTER; ICMPv6: 8 words ICMPV6_FILTER; absent for other protocols
  public var icmpvFilter: [UInt32] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "ip_opts_raw_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpOptsRawEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpOptsRawEntry>) {
    ip_opts_raw_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpOptsRawEntry>) {
    if c.pointee.has_hdrincl != 0 { hdrincl = c.pointee.hdrincl != 0 }
    if c.pointee.has_nodefrag != 0 { nodefrag = c.pointee.nodefrag != 0 }
    if c.pointee.has_checksum != 0 { checksum = c.pointee.checksum != 0 }
    icmpvFilter = Read.values(c.pointee.icmpv_filter, c.pointee.n_icmpv_filter)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpOptsRawEntry>, _ arena: Arena) {
    if let value = hdrincl {
      c.pointee.has_hdrincl = 1
      c.pointee.hdrincl = value ? 1 : 0
    }
    if let value = nodefrag {
      c.pointee.has_nodefrag = 1
      c.pointee.nodefrag = value ? 1 : 0
    }
    if let value = checksum {
      c.pointee.has_checksum = 1
      c.pointee.checksum = value ? 1 : 0
    }
    (c.pointee.icmpv_filter, c.pointee.n_icmpv_filter) = arena.values(icmpvFilter)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// ip_opts_entry
public struct IpOptsEntry: ImageMessage {
  /// IP_FREEBIND / IPV6_FREEBIND; each field of this message only when nonzero
  public var freebind: Bool?
  /// raw sockets only
  @Boxed public var raw: IpOptsRawEntry?
  /// IP_PKTINFO / IPV6_RECVPKTINFO
  public var pktinfo: Bool?
  /// IP_TOS; IPv4 only
  public var tos: UInt32?
  /// IP_TTL; IPv4 only, value as read (64 by default)
  public var ttl: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "ip_opts_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpOptsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpOptsEntry>) {
    ip_opts_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpOptsEntry>) {
    if c.pointee.has_freebind != 0 { freebind = c.pointee.freebind != 0 }
    raw = c.pointee.raw.map { IpOptsRawEntry(reading: $0) }
    if c.pointee.has_pktinfo != 0 { pktinfo = c.pointee.pktinfo != 0 }
    if c.pointee.has_tos != 0 { tos = c.pointee.tos }
    if c.pointee.has_ttl != 0 { ttl = c.pointee.ttl }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpOptsEntry>, _ arena: Arena) {
    if let value = freebind {
      c.pointee.has_freebind = 1
      c.pointee.freebind = value ? 1 : 0
    }
    c.pointee.raw = raw.map(arena.message)
    if let value = pktinfo {
      c.pointee.has_pktinfo = 1
      c.pointee.pktinfo = value ? 1 : 0
    }
    if let value = tos {
      c.pointee.has_tos = 1
      c.pointee.tos = value
    }
    if let value = ttl {
      c.pointee.has_ttl = 1
      c.pointee.ttl = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// inet_sk_entry
public struct InetSkEntry: ImageMessage {
  /// file id
  public var id: UInt32 = 0
  /// socket inode; names tcp-stream-<hex ino>
  public var ino: UInt32 = 0
  /// 2 or 10
  public var family: UInt32 = 0
  public var type: UInt32 = 0
  public var proto: UInt32 = 0
  /// TCP state 1-11 (11 CLOSING has no crit name); for connected sockets the state found by the repair code
  /// at dump; 7 also for unbound and for unconnected UDP/RAW sockets; connected UDP 1
  public var state: UInt32 = 0
  /// host byte order
  public var srcPort: UInt32 = 0
  /// host byte order
  public var dstPort: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// listen backlog for state 10 (idiag_wqueue); other states: bytes in write queue at dump, ignore
  public var backlog: UInt32 = 0
  /// 1 or 4 words (always all of them, zero when unbound), each the 4 address bytes as read in memory
  /// (network order bytes in a native u32)
  public var srcAddr: [UInt32] = []
  /// the same
  public var dstAddr: [UInt32] = []
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// socket options
  public var opts: SkOptsEntry = SkOptsEntry()
  /// IPV6_V6ONLY, present for family 10
  public var v6only: Bool?
  /// always present
  @Boxed public var ipOpts: IpOptsEntry?
  /// scope device of link-local addresses
  public var ifname: String?
  /// net ns id; absent for a socket not shown by sock_diag (never bound nor connected) when no net ns is
  /// dumped
  public var nsId: UInt32?
  /// TCP: only when a side is shut; UDP/UDPLITE: only when nonzero
  public var shutdown: SkShutdown?
  /// always present
  @Boxed public var tcpOpts: TcpOptsEntry?
  public var unknownFields: [UnknownField] = []

  public static let name = "inet_sk_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension InetSkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.InetSkEntry>) {
    inet_sk_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.InetSkEntry>) {
    id = c.pointee.id
    ino = c.pointee.ino
    family = c.pointee.family
    type = c.pointee.type
    proto = c.pointee.proto
    state = c.pointee.state
    srcPort = c.pointee.src_port
    dstPort = c.pointee.dst_port
    flags = c.pointee.flags
    backlog = c.pointee.backlog
    srcAddr = Read.values(c.pointee.src_addr, c.pointee.n_src_addr)
    dstAddr = Read.values(c.pointee.dst_addr, c.pointee.n_dst_addr)
    fown = FownEntry(reading: c.pointee.fown)
    opts = SkOptsEntry(reading: c.pointee.opts)
    if c.pointee.has_v6only != 0 { v6only = c.pointee.v6only != 0 }
    ipOpts = c.pointee.ip_opts.map { IpOptsEntry(reading: $0) }
    ifname = c.pointee.ifname.map(Read.text)
    if c.pointee.has_ns_id != 0 { nsId = c.pointee.ns_id }
    if c.pointee.has_shutdown != 0 { shutdown = SkShutdown(rawValue: c.pointee.shutdown.rawValue) }
    tcpOpts = c.pointee.tcp_opts.map { TcpOptsEntry(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.InetSkEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.ino = ino
    c.pointee.family = family
    c.pointee.type = type
    c.pointee.proto = proto
    c.pointee.state = state
    c.pointee.src_port = srcPort
    c.pointee.dst_port = dstPort
    c.pointee.flags = flags
    c.pointee.backlog = backlog
    (c.pointee.src_addr, c.pointee.n_src_addr) = arena.values(srcAddr)
    (c.pointee.dst_addr, c.pointee.n_dst_addr) = arena.values(dstAddr)
    c.pointee.fown = arena.message(fown)
    c.pointee.opts = arena.message(opts)
    if let value = v6only {
      c.pointee.has_v6only = 1
      c.pointee.v6only = value ? 1 : 0
    }
    c.pointee.ip_opts = ipOpts.map(arena.message)
    c.pointee.ifname = ifname.map(arena.text)
    if let value = nsId {
      c.pointee.has_ns_id = 1
      c.pointee.ns_id = value
    }
    if let value = shutdown {
      c.pointee.has_shutdown = 1
      c.pointee.shutdown = CImages.SkShutdown(value.rawValue)
    }
    c.pointee.tcp_opts = tcpOpts.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
