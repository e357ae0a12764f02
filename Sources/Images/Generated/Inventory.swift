// Written by imagegen from proto/inventory.proto: change that and run `make images`.

internal import CImages
public import Linux

/// lsmtype: a value that this version does not know stays what it is.
public struct Lsmtype: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let noLsm = Self(rawValue: 0)
  public static let selinux = Self(rawValue: 1)
  public static let apparmor = Self(rawValue: 2)

  public static let names: [UInt32: String] = [
    0: "NO_LSM",
    1: "SELINUX",
    2: "APPARMOR",
  ]
}

/// plugins_entry
public struct PluginsEntry: ImageMessage {
  /// names of plugins used at dump; each must be loaded at restore; empty message when none
  public var plugins: [String] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "plugins_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PluginsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PluginsEntry>) {
    plugins_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PluginsEntry>) {
    plugins = Read.texts(c.pointee.plugins, c.pointee.n_plugins)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PluginsEntry>, _ arena: Arena) {
    (c.pointee.plugins, c.pointee.n_plugins) = arena.texts(plugins)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// inventory.img (1 entry)
public struct InventoryEntry: ImageMessage {
  /// must be 1 or 2; a full dump writes 2 (=two magics per image); pre-dump leaves 0
  public var imgVersion: UInt32 = 0
  /// always true; restore refuses the set if absent/false
  public var fdinfoPerId: Bool?
  /// kernel-object and namespace ids of the criu process itself (lets restore tell which ns of the tree
  /// equal criu's)
  @Boxed public var rootIds: TaskKobjIdsEntry?
  /// always true: namespace images are named by criu ns id, not by pid
  public var nsPerId: Bool?
  /// id of the cg_set of the criu process; 0 is invalid; omitted with --unprivileged; 1 in all sets seen
  public var rootCgSet: UInt32?
  /// LSM active on the dump host
  public var lsmtype: Lsmtype?
  /// microseconds, from /proc/uptime (first value); only with --track-mem/pre-dump; used for pid-reuse
  /// check against stat start_time
  public var dumpUptime: UInt64?
  /// 1 splice, 2 read; written only by pre-dump
  public var preDumpMode: UInt32?
  /// dumped with --tcp-close, restore must use it too
  public var tcpClose: Bool?
  /// 0 iptables, 1 nftables, 2 skip (NOT the RPC numbering); absent = iptables
  public var networkLockMethod: UInt32?
  /// always written by 4.2; absent in old images means all plugins are acceptable
  @Boxed public var pluginsEntry: PluginsEntry?
  /// 36-char UUID text of the dumping criu; names the nftables lock table "inet CRIU-<uuid>"
  public var dumpCriuRunId: String?
  /// true when a [uprobes] vma was met; restore must be run with --allow-uprobes
  public var allowUprobes: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "inventory_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension InventoryEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.InventoryEntry>) {
    inventory_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.InventoryEntry>) {
    imgVersion = c.pointee.img_version
    if c.pointee.has_fdinfo_per_id != 0 { fdinfoPerId = c.pointee.fdinfo_per_id != 0 }
    rootIds = c.pointee.root_ids.map { TaskKobjIdsEntry(reading: $0) }
    if c.pointee.has_ns_per_id != 0 { nsPerId = c.pointee.ns_per_id != 0 }
    if c.pointee.has_root_cg_set != 0 { rootCgSet = c.pointee.root_cg_set }
    if c.pointee.has_lsmtype != 0 { lsmtype = Lsmtype(rawValue: c.pointee.lsmtype.rawValue) }
    if c.pointee.has_dump_uptime != 0 { dumpUptime = c.pointee.dump_uptime }
    if c.pointee.has_pre_dump_mode != 0 { preDumpMode = c.pointee.pre_dump_mode }
    if c.pointee.has_tcp_close != 0 { tcpClose = c.pointee.tcp_close != 0 }
    if c.pointee.has_network_lock_method != 0 { networkLockMethod = c.pointee.network_lock_method }
    pluginsEntry = c.pointee.plugins_entry.map { PluginsEntry(reading: $0) }
    dumpCriuRunId = c.pointee.dump_criu_run_id.map(Read.text)
    if c.pointee.has_allow_uprobes != 0 { allowUprobes = c.pointee.allow_uprobes != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.InventoryEntry>, _ arena: Arena) {
    c.pointee.img_version = imgVersion
    if let value = fdinfoPerId {
      c.pointee.has_fdinfo_per_id = 1
      c.pointee.fdinfo_per_id = value ? 1 : 0
    }
    c.pointee.root_ids = rootIds.map(arena.message)
    if let value = nsPerId {
      c.pointee.has_ns_per_id = 1
      c.pointee.ns_per_id = value ? 1 : 0
    }
    if let value = rootCgSet {
      c.pointee.has_root_cg_set = 1
      c.pointee.root_cg_set = value
    }
    if let value = lsmtype {
      c.pointee.has_lsmtype = 1
      c.pointee.lsmtype = CImages.Lsmtype(value.rawValue)
    }
    if let value = dumpUptime {
      c.pointee.has_dump_uptime = 1
      c.pointee.dump_uptime = value
    }
    if let value = preDumpMode {
      c.pointee.has_pre_dump_mode = 1
      c.pointee.pre_dump_mode = value
    }
    if let value = tcpClose {
      c.pointee.has_tcp_close = 1
      c.pointee.tcp_close = value ? 1 : 0
    }
    if let value = networkLockMethod {
      c.pointee.has_network_lock_method = 1
      c.pointee.network_lock_method = value
    }
    c.pointee.plugins_entry = pluginsEntry.map(arena.message)
    c.pointee.dump_criu_run_id = dumpCriuRunId.map(arena.text)
    if let value = allowUprobes {
      c.pointee.has_allow_uprobes = 1
      c.pointee.allow_uprobes = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
