// Written by imagegen from proto/sk-netlink.proto: change that and run `make images`.

internal import CImages
public import Linux

/// netlink_sk_entry
public struct NetlinkSkEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// socket inode
  public var ino: UInt32 = 0
  /// NETLINK_* number
  public var `protocol`: UInt32 = 0
  /// netlink_diag state: 0 unconnected/unknown, 1 connected, 7 as shown for bound sockets
  public var state: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// netlink_diag portid, 0 = not bound (then nothing is restored but the socket); restore may get another
  /// port when taken
  public var portid: UInt32 = 0
  /// one u32 of multicast groups or absent; more than 32 groups is refused
  public var groups: [UInt32] = []
  /// connected destination port
  public var dstPortid: UInt32 = 0
  /// connected destination group NUMBER (address mask = 1 << (n-1))
  public var dstGroup: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// socket options
  public var opts: SkOptsEntry = SkOptsEntry()
  /// criu net ns id; absent for an unbound socket in the host net ns
  public var nsId: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "netlink_sk_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension NetlinkSkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.NetlinkSkEntry>) {
    netlink_sk_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.NetlinkSkEntry>) {
    id = c.pointee.id
    ino = c.pointee.ino
    `protocol` = c.pointee.protocol
    state = c.pointee.state
    flags = c.pointee.flags
    portid = c.pointee.portid
    groups = Read.values(c.pointee.groups, c.pointee.n_groups)
    dstPortid = c.pointee.dst_portid
    dstGroup = c.pointee.dst_group
    fown = FownEntry(reading: c.pointee.fown)
    opts = SkOptsEntry(reading: c.pointee.opts)
    if c.pointee.has_ns_id != 0 { nsId = c.pointee.ns_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.NetlinkSkEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.ino = ino
    c.pointee.protocol = `protocol`
    c.pointee.state = state
    c.pointee.flags = flags
    c.pointee.portid = portid
    (c.pointee.groups, c.pointee.n_groups) = arena.values(groups)
    c.pointee.dst_portid = dstPortid
    c.pointee.dst_group = dstGroup
    c.pointee.fown = arena.message(fown)
    c.pointee.opts = arena.message(opts)
    if let value = nsId {
      c.pointee.has_ns_id = 1
      c.pointee.ns_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
