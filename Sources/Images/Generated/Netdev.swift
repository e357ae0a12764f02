// Written by imagegen from proto/netdev.proto: change that and run `make images`.

internal import CImages
public import Linux

/// nd_type: a value that this version does not know stays what it is.
public struct NdType: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let loopback = Self(rawValue: 1)
  public static let veth = Self(rawValue: 2)
  public static let tun = Self(rawValue: 3)
  public static let extlink = Self(rawValue: 4)
  public static let venet = Self(rawValue: 5)
  public static let bridge = Self(rawValue: 6)
  public static let macvlan = Self(rawValue: 7)
  public static let sit = Self(rawValue: 8)

  public static let names: [UInt32: String] = [
    1: "LOOPBACK",
    2: "VETH",
    3: "TUN",
    4: "EXTLINK",
    5: "VENET",
    6: "BRIDGE",
    7: "MACVLAN",
    8: "SIT",
  ]
}

/// netdev-<ns>.img: any number of records
public struct NetDeviceEntry: ImageMessage {
  public var type: NdType = NdType(rawValue: 0)
  /// IFLA index
  public var ifindex: UInt32 = 0
  public var mtu: UInt32 = 0
  public var flags: UInt32 = 0
  public var name: String = ""
  /// TUN only
  @Boxed public var tun: TunLinkEntry?
  /// IFLA_ADDRESS; never for loopback
  public var address: [UInt8]?
  /// old ipv4 devconf
  public var conf: [Int32] = []
  /// net/ipv4/conf/<dev>/*, 30 entries by position
  public var conf4: [SysctlEntry] = []
  /// net/ipv6/conf/<dev>/*, 42 entries by position
  public var conf6: [SysctlEntry] = []
  /// MACVLAN only
  @Boxed public var macvlan: MacvlanLinkEntry?
  /// IFLA_LINK if present, else the own ifindex; written for every device when the kernel has nsids
  public var peerIfindex: UInt32?
  /// criu net ns id where the peer/lower device lives (IFLA_LINK_NETNSID translated; own ns id when
  /// absent); absent when it lives in a namespace outside the dump
  public var peerNsid: UInt32?
  /// IFLA_MASTER ifindex, e.g. bridge
  public var master: UInt32?
  /// SIT only
  @Boxed public var sit: SitEntry?
  public var unknownFields: [UnknownField] = []

  public static let name = "net_device_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension NetDeviceEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.NetDeviceEntry>) {
    net_device_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.NetDeviceEntry>) {
    type = NdType(rawValue: c.pointee.type.rawValue)
    ifindex = c.pointee.ifindex
    mtu = c.pointee.mtu
    flags = c.pointee.flags
    name = Read.text(c.pointee.name)
    tun = c.pointee.tun.map { TunLinkEntry(reading: $0) }
    if c.pointee.has_address != 0 { address = Read.bytes(c.pointee.address) }
    conf = Read.values(c.pointee.conf, c.pointee.n_conf)
    conf4 = Read.messages(c.pointee.conf4, c.pointee.n_conf4)
    conf6 = Read.messages(c.pointee.conf6, c.pointee.n_conf6)
    macvlan = c.pointee.macvlan.map { MacvlanLinkEntry(reading: $0) }
    if c.pointee.has_peer_ifindex != 0 { peerIfindex = c.pointee.peer_ifindex }
    if c.pointee.has_peer_nsid != 0 { peerNsid = c.pointee.peer_nsid }
    if c.pointee.has_master != 0 { master = c.pointee.master }
    sit = c.pointee.sit.map { SitEntry(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.NetDeviceEntry>, _ arena: Arena) {
    c.pointee.type = CImages.NdType(type.rawValue)
    c.pointee.ifindex = ifindex
    c.pointee.mtu = mtu
    c.pointee.flags = flags
    c.pointee.name = arena.text(name)
    c.pointee.tun = tun.map(arena.message)
    if let value = address {
      c.pointee.has_address = 1
      c.pointee.address = arena.bytes(value)
    }
    (c.pointee.conf, c.pointee.n_conf) = arena.values(conf)
    (c.pointee.conf4, c.pointee.n_conf4) = arena.messages(conf4)
    (c.pointee.conf6, c.pointee.n_conf6) = arena.messages(conf6)
    c.pointee.macvlan = macvlan.map(arena.message)
    if let value = peerIfindex {
      c.pointee.has_peer_ifindex = 1
      c.pointee.peer_ifindex = value
    }
    if let value = peerNsid {
      c.pointee.has_peer_nsid = 1
      c.pointee.peer_nsid = value
    }
    if let value = master {
      c.pointee.has_master = 1
      c.pointee.master = value
    }
    c.pointee.sit = sit.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// netns_id
public struct NetnsId: ImageMessage {
  /// criu id of the other netns
  public var targetNsId: UInt32 = 0
  /// kernel nsid
  public var netnsidValue: Int32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "netns_id"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension NetnsId: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.NetnsId>) {
    netns_id__init(c)
  }

  init(reading c: UnsafePointer<CImages.NetnsId>) {
    targetNsId = c.pointee.target_ns_id
    netnsidValue = c.pointee.netnsid_value
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.NetnsId>, _ arena: Arena) {
    c.pointee.target_ns_id = targetNsId
    c.pointee.netnsid_value = netnsidValue
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// netns-<ns>.img: one record
public struct NetnsEntry: ImageMessage {
  public var defConf: [Int32] = []
  public var allConf: [Int32] = []
  /// net/ipv4/conf/default/*, by position
  public var defConf4: [SysctlEntry] = []
  /// net/ipv4/conf/all/*, by position
  public var allConf4: [SysctlEntry] = []
  /// net/ipv6/conf/default/*, by position
  public var defConf6: [SysctlEntry] = []
  /// net/ipv6/conf/all/*, by position
  public var allConf6: [SysctlEntry] = []
  /// RTM_GETNSID pairs
  public var nsids: [NetnsId] = []
  /// external ns key
  public var extKey: String?
  /// one entry: net/unix/max_dgram_qlen
  public var unixConf: [SysctlEntry] = []
  /// one entry, string: net/ipv4/ping_group_range, gids mapped into the userns; sarg absent when it has the
  /// kernel default
  public var ipv4Sysctl: [SysctlEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "netns_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension NetnsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.NetnsEntry>) {
    netns_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.NetnsEntry>) {
    defConf = Read.values(c.pointee.def_conf, c.pointee.n_def_conf)
    allConf = Read.values(c.pointee.all_conf, c.pointee.n_all_conf)
    defConf4 = Read.messages(c.pointee.def_conf4, c.pointee.n_def_conf4)
    allConf4 = Read.messages(c.pointee.all_conf4, c.pointee.n_all_conf4)
    defConf6 = Read.messages(c.pointee.def_conf6, c.pointee.n_def_conf6)
    allConf6 = Read.messages(c.pointee.all_conf6, c.pointee.n_all_conf6)
    nsids = Read.messages(c.pointee.nsids, c.pointee.n_nsids)
    extKey = c.pointee.ext_key.map(Read.text)
    unixConf = Read.messages(c.pointee.unix_conf, c.pointee.n_unix_conf)
    ipv4Sysctl = Read.messages(c.pointee.ipv4_sysctl, c.pointee.n_ipv4_sysctl)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.NetnsEntry>, _ arena: Arena) {
    (c.pointee.def_conf, c.pointee.n_def_conf) = arena.values(defConf)
    (c.pointee.all_conf, c.pointee.n_all_conf) = arena.values(allConf)
    (c.pointee.def_conf4, c.pointee.n_def_conf4) = arena.messages(defConf4)
    (c.pointee.all_conf4, c.pointee.n_all_conf4) = arena.messages(allConf4)
    (c.pointee.def_conf6, c.pointee.n_def_conf6) = arena.messages(defConf6)
    (c.pointee.all_conf6, c.pointee.n_all_conf6) = arena.messages(allConf6)
    (c.pointee.nsids, c.pointee.n_nsids) = arena.messages(nsids)
    c.pointee.ext_key = extKey.map(arena.text)
    (c.pointee.unix_conf, c.pointee.n_unix_conf) = arena.messages(unixConf)
    (c.pointee.ipv4_sysctl, c.pointee.n_ipv4_sysctl) = arena.messages(ipv4Sysctl)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
