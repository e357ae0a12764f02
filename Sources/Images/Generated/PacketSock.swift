// Written by imagegen from proto/packet-sock.proto: change that and run `make images`.

internal import CImages
public import Linux

/// packet_mclist
public struct PacketMclist: ImageMessage {
  /// interface index
  public var index: UInt32 = 0
  /// PACKET_MR_*: 0 MULTICAST, 1 PROMISC, 2 ALLMULTI, 3 UNICAST
  public var type: UInt32 = 0
  /// link address for types 0 and 3, else empty
  public var addr: [UInt8] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "packet_mclist"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PacketMclist: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PacketMclist>) {
    packet_mclist__init(c)
  }

  init(reading c: UnsafePointer<CImages.PacketMclist>) {
    index = c.pointee.index
    type = c.pointee.type
    addr = Read.bytes(c.pointee.addr)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PacketMclist>, _ arena: Arena) {
    c.pointee.index = index
    c.pointee.type = type
    c.pointee.addr = arena.bytes(addr)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// packet_ring
public struct PacketRing: ImageMessage {
  public var blockSize: UInt32 = 0
  public var blockNr: UInt32 = 0
  public var frameSize: UInt32 = 0
  public var frameNr: UInt32 = 0
  /// tp_retire_blk_tov, ms (TPACKET_V3)
  public var retireTmo: UInt32 = 0
  /// tp_sizeof_priv (V3)
  public var sizeofPriv: UInt32 = 0
  /// tp_feature_req_word (V3)
  public var features: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "packet_ring"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PacketRing: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PacketRing>) {
    packet_ring__init(c)
  }

  init(reading c: UnsafePointer<CImages.PacketRing>) {
    blockSize = c.pointee.block_size
    blockNr = c.pointee.block_nr
    frameSize = c.pointee.frame_size
    frameNr = c.pointee.frame_nr
    retireTmo = c.pointee.retire_tmo
    sizeofPriv = c.pointee.sizeof_priv
    features = c.pointee.features
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PacketRing>, _ arena: Arena) {
    c.pointee.block_size = blockSize
    c.pointee.block_nr = blockNr
    c.pointee.frame_size = frameSize
    c.pointee.frame_nr = frameNr
    c.pointee.retire_tmo = retireTmo
    c.pointee.sizeof_priv = sizeofPriv
    c.pointee.features = features
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// packet_sock_entry
public struct PacketSockEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// SOCK_RAW 3, SOCK_DGRAM 2, SOCK_PACKET 10
  public var type: UInt32 = 0
  /// ethertype in network byte order in a native number, i.e. the third argument of socket() (packet_diag
  /// value passed through htons)
  public var `protocol`: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// bound interface, 0 = not bound
  public var ifindex: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// socket options
  public var opts: SkOptsEntry = SkOptsEntry()
  /// PACKET_VERSION: 0 V1, 1 V2, 2 V3
  public var version: UInt32 = 0
  public var reserve: UInt32 = 0
  public var auxData: Bool = false
  public var origDev: Bool = false
  public var vnetHdr: Bool = false
  public var loss: Bool = false
  public var timestamp: UInt32 = 0
  public var copyThresh: UInt32 = 0
  public var mclist: [PacketMclist] = []
  /// 0xffffffff = none; absent when none
  public var fanout: UInt32?
  /// PACKET_RX_RING geometry
  @Boxed public var rxRing: PacketRing?
  /// PACKET_TX_RING geometry
  @Boxed public var txRing: PacketRing?
  /// criu net ns id
  public var nsId: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "packet_sock_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PacketSockEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PacketSockEntry>) {
    packet_sock_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PacketSockEntry>) {
    id = c.pointee.id
    type = c.pointee.type
    `protocol` = c.pointee.protocol
    flags = c.pointee.flags
    ifindex = c.pointee.ifindex
    fown = FownEntry(reading: c.pointee.fown)
    opts = SkOptsEntry(reading: c.pointee.opts)
    version = c.pointee.version
    reserve = c.pointee.reserve
    auxData = c.pointee.aux_data != 0
    origDev = c.pointee.orig_dev != 0
    vnetHdr = c.pointee.vnet_hdr != 0
    loss = c.pointee.loss != 0
    timestamp = c.pointee.timestamp
    copyThresh = c.pointee.copy_thresh
    mclist = Read.messages(c.pointee.mclist, c.pointee.n_mclist)
    if c.pointee.has_fanout != 0 { fanout = c.pointee.fanout }
    rxRing = c.pointee.rx_ring.map { PacketRing(reading: $0) }
    txRing = c.pointee.tx_ring.map { PacketRing(reading: $0) }
    if c.pointee.has_ns_id != 0 { nsId = c.pointee.ns_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PacketSockEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.type = type
    c.pointee.protocol = `protocol`
    c.pointee.flags = flags
    c.pointee.ifindex = ifindex
    c.pointee.fown = arena.message(fown)
    c.pointee.opts = arena.message(opts)
    c.pointee.version = version
    c.pointee.reserve = reserve
    c.pointee.aux_data = auxData ? 1 : 0
    c.pointee.orig_dev = origDev ? 1 : 0
    c.pointee.vnet_hdr = vnetHdr ? 1 : 0
    c.pointee.loss = loss ? 1 : 0
    c.pointee.timestamp = timestamp
    c.pointee.copy_thresh = copyThresh
    (c.pointee.mclist, c.pointee.n_mclist) = arena.messages(mclist)
    if let value = fanout {
      c.pointee.has_fanout = 1
      c.pointee.fanout = value
    }
    c.pointee.rx_ring = rxRing.map(arena.message)
    c.pointee.tx_ring = txRing.map(arena.message)
    if let value = nsId {
      c.pointee.has_ns_id = 1
      c.pointee.ns_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
