// Written by imagegen from proto/rpc.proto: change that and run `make images`.

internal import CImages
public import Linux

/// criu_cg_mode: a value that this version does not know stays what it is.
public struct CriuCgMode: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let ignore = Self(rawValue: 0)
  public static let cgNone = Self(rawValue: 1)
  public static let props = Self(rawValue: 2)
  public static let soft = Self(rawValue: 3)
  public static let full = Self(rawValue: 4)
  public static let strict = Self(rawValue: 5)
  public static let `default` = Self(rawValue: 6)

  public static let names: [UInt32: String] = [
    0: "IGNORE",
    1: "CG_NONE",
    2: "PROPS",
    3: "SOFT",
    4: "FULL",
    5: "STRICT",
    6: "DEFAULT",
  ]
}

/// criu_network_lock_method: a value that this version does not know stays what it is.
public struct CriuNetworkLockMethod: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let iptables = Self(rawValue: 1)
  public static let nftables = Self(rawValue: 2)
  public static let skip = Self(rawValue: 3)

  public static let names: [UInt32: String] = [
    1: "IPTABLES",
    2: "NFTABLES",
    3: "SKIP",
  ]
}

/// criu_pre_dump_mode: a value that this version does not know stays what it is.
public struct CriuPreDumpMode: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let splice = Self(rawValue: 1)
  public static let vmRead = Self(rawValue: 2)

  public static let names: [UInt32: String] = [
    1: "SPLICE",
    2: "VM_READ",
  ]
}

/// criu_req_type: a value that this version does not know stays what it is.
public struct CriuReqType: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let empty = Self(rawValue: 0)
  public static let dump = Self(rawValue: 1)
  public static let restore = Self(rawValue: 2)
  public static let check = Self(rawValue: 3)
  public static let preDump = Self(rawValue: 4)
  public static let pageServer = Self(rawValue: 5)
  public static let notify = Self(rawValue: 6)
  public static let cpuinfoDump = Self(rawValue: 7)
  public static let cpuinfoCheck = Self(rawValue: 8)
  public static let featureCheck = Self(rawValue: 9)
  public static let version = Self(rawValue: 10)
  public static let waitPid = Self(rawValue: 11)
  public static let pageServerChld = Self(rawValue: 12)
  public static let singlePreDump = Self(rawValue: 13)

  public static let names: [UInt32: String] = [
    0: "EMPTY",
    1: "DUMP",
    2: "RESTORE",
    3: "CHECK",
    4: "PRE_DUMP",
    5: "PAGE_SERVER",
    6: "NOTIFY",
    7: "CPUINFO_DUMP",
    8: "CPUINFO_CHECK",
    9: "FEATURE_CHECK",
    10: "VERSION",
    11: "WAIT_PID",
    12: "PAGE_SERVER_CHLD",
    13: "SINGLE_PRE_DUMP",
  ]
}

/// criu_page_server_info
public struct CriuPageServerInfo: ImageMessage {
  /// listen / connect address
  public var address: String?
  /// port; 0 or absent = any (server)
  public var port: Int32?
  /// in responses: page-server pid
  public var pid: Int32?
  /// connected socket (swrk only)
  public var fd: Int32?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_page_server_info"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuPageServerInfo: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuPageServerInfo>) {
    criu_page_server_info__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuPageServerInfo>) {
    address = c.pointee.address.map(Read.text)
    if c.pointee.has_port != 0 { port = c.pointee.port }
    if c.pointee.has_pid != 0 { pid = c.pointee.pid }
    if c.pointee.has_fd != 0 { fd = c.pointee.fd }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuPageServerInfo>, _ arena: Arena) {
    c.pointee.address = address.map(arena.text)
    if let value = port {
      c.pointee.has_port = 1
      c.pointee.port = value
    }
    if let value = pid {
      c.pointee.has_pid = 1
      c.pointee.pid = value
    }
    if let value = fd {
      c.pointee.has_fd = 1
      c.pointee.fd = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_veth_pair
public struct CriuVethPair: ImageMessage {
  public var ifIn: String = ""
  public var ifOut: String = ""
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_veth_pair"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuVethPair: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuVethPair>) {
    criu_veth_pair__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuVethPair>) {
    ifIn = Read.text(c.pointee.if_in)
    ifOut = Read.text(c.pointee.if_out)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuVethPair>, _ arena: Arena) {
    c.pointee.if_in = arena.text(ifIn)
    c.pointee.if_out = arena.text(ifOut)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// ext_mount_map
public struct ExtMountMap: ImageMessage {
  public var key: String = ""
  public var val: String = ""
  public var unknownFields: [UnknownField] = []

  public static let name = "ext_mount_map"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ExtMountMap: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ExtMountMap>) {
    ext_mount_map__init(c)
  }

  init(reading c: UnsafePointer<CImages.ExtMountMap>) {
    key = Read.text(c.pointee.key)
    val = Read.text(c.pointee.val)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ExtMountMap>, _ arena: Arena) {
    c.pointee.key = arena.text(key)
    c.pointee.val = arena.text(val)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// join_namespace
public struct JoinNamespace: ImageMessage {
  /// net, mnt, ipc, uts, user, pid
  public var ns: String = ""
  /// path or pid
  public var nsFile: String = ""
  /// for user: uid,gid
  public var extraOpt: String?
  public var unknownFields: [UnknownField] = []

  public static let name = "join_namespace"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension JoinNamespace: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.JoinNamespace>) {
    join_namespace__init(c)
  }

  init(reading c: UnsafePointer<CImages.JoinNamespace>) {
    ns = Read.text(c.pointee.ns)
    nsFile = Read.text(c.pointee.ns_file)
    extraOpt = c.pointee.extra_opt.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.JoinNamespace>, _ arena: Arena) {
    c.pointee.ns = arena.text(ns)
    c.pointee.ns_file = arena.text(nsFile)
    c.pointee.extra_opt = extraOpt.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// inherit_fd
public struct InheritFd: ImageMessage {
  /// resource id (path, pipe:[n], socket:[n], ...)
  public var key: String = ""
  public var fd: Int32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "inherit_fd"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension InheritFd: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.InheritFd>) {
    inherit_fd__init(c)
  }

  init(reading c: UnsafePointer<CImages.InheritFd>) {
    key = Read.text(c.pointee.key)
    fd = c.pointee.fd
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.InheritFd>, _ arena: Arena) {
    c.pointee.key = arena.text(key)
    c.pointee.fd = fd
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cgroup_root
public struct CgroupRoot: ImageMessage {
  public var ctrl: String?
  public var path: String = ""
  public var unknownFields: [UnknownField] = []

  public static let name = "cgroup_root"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgroupRoot: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgroupRoot>) {
    cgroup_root__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgroupRoot>) {
    ctrl = c.pointee.ctrl.map(Read.text)
    path = Read.text(c.pointee.path)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgroupRoot>, _ arena: Arena) {
    c.pointee.ctrl = ctrl.map(arena.text)
    c.pointee.path = arena.text(path)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// unix_sk
public struct UnixSk: ImageMessage {
  public var inode: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "unix_sk"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UnixSk: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UnixSk>) {
    unix_sk__init(c)
  }

  init(reading c: UnsafePointer<CImages.UnixSk>) {
    inode = c.pointee.inode
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UnixSk>, _ arena: Arena) {
    c.pointee.inode = inode
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_opts
public struct CriuOpts: ImageMessage {
  /// peer fd; -1 = use images_dir
  public var imagesDirFd: Int32 = -1
  /// target; absent = peer
  public var pid: Int32?
  /// final state running
  public var leaveRunning: Bool?
  /// allow external unix sockets
  public var extUnixSk: Bool?
  public var tcpEstablished: Bool?
  /// accept any device path
  public var evasiveDevices: Bool?
  public var shellJob: Bool?
  public var fileLocks: Bool?
  public var logLevel: Int32?
  /// name in work dir
  public var logFile: String?
  /// page server data
  @Boxed public var ps: CriuPageServerInfo?
  /// the peer is asked at each step of the work
  public var notifyScripts: Bool?
  /// restore root path
  public var root: String?
  public var parentImg: String?
  public var trackMem: Bool?
  public var autoDedup: Bool?
  /// peer fd
  public var workDirFd: Int32?
  public var linkRemap: Bool?
  public var veths: [CriuVethPair] = []
  public var cpuCap: UInt32?
  public var forceIrmap: Bool?
  /// run after restore
  public var execCmd: [String] = []
  public var extMnt: [ExtMountMap] = []
  /// old bool
  public var manageCgroups: Bool?
  public var cgRoot: [CgroupRoot] = []
  /// swrk only
  public var rstSibling: Bool?
  /// swrk only; fd numbers of the worker itself
  public var inheritFd: [InheritFd] = []
  public var autoExtMnt: Bool?
  public var extSharing: Bool?
  public var extMasters: Bool?
  public var skipMnt: [String] = []
  public var enableFs: [String] = []
  public var unixSkIno: [UnixSk] = []
  public var manageCgroupsMode: CriuCgMode?
  public var ghostLimit: UInt32?
  public var irmapScanPaths: [String] = []
  /// --external strings
  public var external: [String] = []
  /// CLONE_NEW* mask
  public var emptyNs: UInt32?
  public var joinNs: [JoinNamespace] = []
  /// YAML text
  public var cgroupProps: String?
  public var cgroupPropsFile: String?
  public var cgroupDumpController: [String] = []
  /// cgroup dir
  public var freezeCgroup: String?
  /// seconds to freeze, default 10 in engine
  public var timeout: UInt32?
  public var tcpSkipInFlight: Bool?
  public var weakSysctls: Bool?
  public var lazyPages: Bool?
  public var statusFd: Int32?
  public var orphanPtsMaster: Bool?
  public var configFile: String?
  public var tcpClose: Bool?
  public var lsmProfile: String?
  public var tlsCacert: String?
  public var tlsCacrl: String?
  public var tlsCert: String?
  public var tlsKey: String?
  public var tls: Bool?
  public var tlsNoCnVerify: Bool?
  public var cgroupYard: String?
  public var preDumpMode: CriuPreDumpMode?
  /// peer fd of an AF_UNIX DGRAM socket kept open by the client over iterations; an unnamed one is bound
  /// and connected to itself by criu; pidfds of dumped tasks are queued in it
  public var pidfdStoreSk: Int32?
  public var lsmMountContext: String?
  public var networkLock: CriuNetworkLockMethod?
  /// restore only
  public var mntnsCompatMode: Bool?
  public var skipFileRwxCheck: Bool?
  public var unprivileged: Bool?
  public var imagesDir: String?
  /// wins over leave_running (applied after)
  public var leaveStopped: Bool?
  public var displayStats: Bool?
  public var logToStderr: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_opts"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuOpts: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuOpts>) {
    criu_opts__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuOpts>) {
    imagesDirFd = c.pointee.images_dir_fd
    if c.pointee.has_pid != 0 { pid = c.pointee.pid }
    if c.pointee.has_leave_running != 0 { leaveRunning = c.pointee.leave_running != 0 }
    if c.pointee.has_ext_unix_sk != 0 { extUnixSk = c.pointee.ext_unix_sk != 0 }
    if c.pointee.has_tcp_established != 0 { tcpEstablished = c.pointee.tcp_established != 0 }
    if c.pointee.has_evasive_devices != 0 { evasiveDevices = c.pointee.evasive_devices != 0 }
    if c.pointee.has_shell_job != 0 { shellJob = c.pointee.shell_job != 0 }
    if c.pointee.has_file_locks != 0 { fileLocks = c.pointee.file_locks != 0 }
    if c.pointee.has_log_level != 0 { logLevel = c.pointee.log_level }
    logFile = c.pointee.log_file.map(Read.text)
    ps = c.pointee.ps.map { CriuPageServerInfo(reading: $0) }
    if c.pointee.has_notify_scripts != 0 { notifyScripts = c.pointee.notify_scripts != 0 }
    root = c.pointee.root.map(Read.text)
    parentImg = c.pointee.parent_img.map(Read.text)
    if c.pointee.has_track_mem != 0 { trackMem = c.pointee.track_mem != 0 }
    if c.pointee.has_auto_dedup != 0 { autoDedup = c.pointee.auto_dedup != 0 }
    if c.pointee.has_work_dir_fd != 0 { workDirFd = c.pointee.work_dir_fd }
    if c.pointee.has_link_remap != 0 { linkRemap = c.pointee.link_remap != 0 }
    veths = Read.messages(c.pointee.veths, c.pointee.n_veths)
    if c.pointee.has_cpu_cap != 0 { cpuCap = c.pointee.cpu_cap }
    if c.pointee.has_force_irmap != 0 { forceIrmap = c.pointee.force_irmap != 0 }
    execCmd = Read.texts(c.pointee.exec_cmd, c.pointee.n_exec_cmd)
    extMnt = Read.messages(c.pointee.ext_mnt, c.pointee.n_ext_mnt)
    if c.pointee.has_manage_cgroups != 0 { manageCgroups = c.pointee.manage_cgroups != 0 }
    cgRoot = Read.messages(c.pointee.cg_root, c.pointee.n_cg_root)
    if c.pointee.has_rst_sibling != 0 { rstSibling = c.pointee.rst_sibling != 0 }
    inheritFd = Read.messages(c.pointee.inherit_fd, c.pointee.n_inherit_fd)
    if c.pointee.has_auto_ext_mnt != 0 { autoExtMnt = c.pointee.auto_ext_mnt != 0 }
    if c.pointee.has_ext_sharing != 0 { extSharing = c.pointee.ext_sharing != 0 }
    if c.pointee.has_ext_masters != 0 { extMasters = c.pointee.ext_masters != 0 }
    skipMnt = Read.texts(c.pointee.skip_mnt, c.pointee.n_skip_mnt)
    enableFs = Read.texts(c.pointee.enable_fs, c.pointee.n_enable_fs)
    unixSkIno = Read.messages(c.pointee.unix_sk_ino, c.pointee.n_unix_sk_ino)
    if c.pointee.has_manage_cgroups_mode != 0 { manageCgroupsMode = CriuCgMode(rawValue: c.pointee.manage_cgroups_mode.rawValue) }
    if c.pointee.has_ghost_limit != 0 { ghostLimit = c.pointee.ghost_limit }
    irmapScanPaths = Read.texts(c.pointee.irmap_scan_paths, c.pointee.n_irmap_scan_paths)
    external = Read.texts(c.pointee.external, c.pointee.n_external)
    if c.pointee.has_empty_ns != 0 { emptyNs = c.pointee.empty_ns }
    joinNs = Read.messages(c.pointee.join_ns, c.pointee.n_join_ns)
    cgroupProps = c.pointee.cgroup_props.map(Read.text)
    cgroupPropsFile = c.pointee.cgroup_props_file.map(Read.text)
    cgroupDumpController = Read.texts(c.pointee.cgroup_dump_controller, c.pointee.n_cgroup_dump_controller)
    freezeCgroup = c.pointee.freeze_cgroup.map(Read.text)
    if c.pointee.has_timeout != 0 { timeout = c.pointee.timeout }
    if c.pointee.has_tcp_skip_in_flight != 0 { tcpSkipInFlight = c.pointee.tcp_skip_in_flight != 0 }
    if c.pointee.has_weak_sysctls != 0 { weakSysctls = c.pointee.weak_sysctls != 0 }
    if c.pointee.has_lazy_pages != 0 { lazyPages = c.pointee.lazy_pages != 0 }
    if c.pointee.has_status_fd != 0 { statusFd = c.pointee.status_fd }
    if c.pointee.has_orphan_pts_master != 0 { orphanPtsMaster = c.pointee.orphan_pts_master != 0 }
    configFile = c.pointee.config_file.map(Read.text)
    if c.pointee.has_tcp_close != 0 { tcpClose = c.pointee.tcp_close != 0 }
    lsmProfile = c.pointee.lsm_profile.map(Read.text)
    tlsCacert = c.pointee.tls_cacert.map(Read.text)
    tlsCacrl = c.pointee.tls_cacrl.map(Read.text)
    tlsCert = c.pointee.tls_cert.map(Read.text)
    tlsKey = c.pointee.tls_key.map(Read.text)
    if c.pointee.has_tls != 0 { tls = c.pointee.tls != 0 }
    if c.pointee.has_tls_no_cn_verify != 0 { tlsNoCnVerify = c.pointee.tls_no_cn_verify != 0 }
    cgroupYard = c.pointee.cgroup_yard.map(Read.text)
    if c.pointee.has_pre_dump_mode != 0 { preDumpMode = CriuPreDumpMode(rawValue: c.pointee.pre_dump_mode.rawValue) }
    if c.pointee.has_pidfd_store_sk != 0 { pidfdStoreSk = c.pointee.pidfd_store_sk }
    lsmMountContext = c.pointee.lsm_mount_context.map(Read.text)
    if c.pointee.has_network_lock != 0 { networkLock = CriuNetworkLockMethod(rawValue: c.pointee.network_lock.rawValue) }
    if c.pointee.has_mntns_compat_mode != 0 { mntnsCompatMode = c.pointee.mntns_compat_mode != 0 }
    if c.pointee.has_skip_file_rwx_check != 0 { skipFileRwxCheck = c.pointee.skip_file_rwx_check != 0 }
    if c.pointee.has_unprivileged != 0 { unprivileged = c.pointee.unprivileged != 0 }
    imagesDir = c.pointee.images_dir.map(Read.text)
    if c.pointee.has_leave_stopped != 0 { leaveStopped = c.pointee.leave_stopped != 0 }
    if c.pointee.has_display_stats != 0 { displayStats = c.pointee.display_stats != 0 }
    if c.pointee.has_log_to_stderr != 0 { logToStderr = c.pointee.log_to_stderr != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuOpts>, _ arena: Arena) {
    c.pointee.images_dir_fd = imagesDirFd
    if let value = pid {
      c.pointee.has_pid = 1
      c.pointee.pid = value
    }
    if let value = leaveRunning {
      c.pointee.has_leave_running = 1
      c.pointee.leave_running = value ? 1 : 0
    }
    if let value = extUnixSk {
      c.pointee.has_ext_unix_sk = 1
      c.pointee.ext_unix_sk = value ? 1 : 0
    }
    if let value = tcpEstablished {
      c.pointee.has_tcp_established = 1
      c.pointee.tcp_established = value ? 1 : 0
    }
    if let value = evasiveDevices {
      c.pointee.has_evasive_devices = 1
      c.pointee.evasive_devices = value ? 1 : 0
    }
    if let value = shellJob {
      c.pointee.has_shell_job = 1
      c.pointee.shell_job = value ? 1 : 0
    }
    if let value = fileLocks {
      c.pointee.has_file_locks = 1
      c.pointee.file_locks = value ? 1 : 0
    }
    if let value = logLevel {
      c.pointee.has_log_level = 1
      c.pointee.log_level = value
    }
    c.pointee.log_file = logFile.map(arena.text)
    c.pointee.ps = ps.map(arena.message)
    if let value = notifyScripts {
      c.pointee.has_notify_scripts = 1
      c.pointee.notify_scripts = value ? 1 : 0
    }
    c.pointee.root = root.map(arena.text)
    c.pointee.parent_img = parentImg.map(arena.text)
    if let value = trackMem {
      c.pointee.has_track_mem = 1
      c.pointee.track_mem = value ? 1 : 0
    }
    if let value = autoDedup {
      c.pointee.has_auto_dedup = 1
      c.pointee.auto_dedup = value ? 1 : 0
    }
    if let value = workDirFd {
      c.pointee.has_work_dir_fd = 1
      c.pointee.work_dir_fd = value
    }
    if let value = linkRemap {
      c.pointee.has_link_remap = 1
      c.pointee.link_remap = value ? 1 : 0
    }
    (c.pointee.veths, c.pointee.n_veths) = arena.messages(veths)
    if let value = cpuCap {
      c.pointee.has_cpu_cap = 1
      c.pointee.cpu_cap = value
    }
    if let value = forceIrmap {
      c.pointee.has_force_irmap = 1
      c.pointee.force_irmap = value ? 1 : 0
    }
    (c.pointee.exec_cmd, c.pointee.n_exec_cmd) = arena.texts(execCmd)
    (c.pointee.ext_mnt, c.pointee.n_ext_mnt) = arena.messages(extMnt)
    if let value = manageCgroups {
      c.pointee.has_manage_cgroups = 1
      c.pointee.manage_cgroups = value ? 1 : 0
    }
    (c.pointee.cg_root, c.pointee.n_cg_root) = arena.messages(cgRoot)
    if let value = rstSibling {
      c.pointee.has_rst_sibling = 1
      c.pointee.rst_sibling = value ? 1 : 0
    }
    (c.pointee.inherit_fd, c.pointee.n_inherit_fd) = arena.messages(inheritFd)
    if let value = autoExtMnt {
      c.pointee.has_auto_ext_mnt = 1
      c.pointee.auto_ext_mnt = value ? 1 : 0
    }
    if let value = extSharing {
      c.pointee.has_ext_sharing = 1
      c.pointee.ext_sharing = value ? 1 : 0
    }
    if let value = extMasters {
      c.pointee.has_ext_masters = 1
      c.pointee.ext_masters = value ? 1 : 0
    }
    (c.pointee.skip_mnt, c.pointee.n_skip_mnt) = arena.texts(skipMnt)
    (c.pointee.enable_fs, c.pointee.n_enable_fs) = arena.texts(enableFs)
    (c.pointee.unix_sk_ino, c.pointee.n_unix_sk_ino) = arena.messages(unixSkIno)
    if let value = manageCgroupsMode {
      c.pointee.has_manage_cgroups_mode = 1
      c.pointee.manage_cgroups_mode = CImages.CriuCgMode(value.rawValue)
    }
    if let value = ghostLimit {
      c.pointee.has_ghost_limit = 1
      c.pointee.ghost_limit = value
    }
    (c.pointee.irmap_scan_paths, c.pointee.n_irmap_scan_paths) = arena.texts(irmapScanPaths)
    (c.pointee.external, c.pointee.n_external) = arena.texts(external)
    if let value = emptyNs {
      c.pointee.has_empty_ns = 1
      c.pointee.empty_ns = value
    }
    (c.pointee.join_ns, c.pointee.n_join_ns) = arena.messages(joinNs)
    c.pointee.cgroup_props = cgroupProps.map(arena.text)
    c.pointee.cgroup_props_file = cgroupPropsFile.map(arena.text)
    (c.pointee.cgroup_dump_controller, c.pointee.n_cgroup_dump_controller) = arena.texts(cgroupDumpController)
    c.pointee.freeze_cgroup = freezeCgroup.map(arena.text)
    if let value = timeout {
      c.pointee.has_timeout = 1
      c.pointee.timeout = value
    }
    if let value = tcpSkipInFlight {
      c.pointee.has_tcp_skip_in_flight = 1
      c.pointee.tcp_skip_in_flight = value ? 1 : 0
    }
    if let value = weakSysctls {
      c.pointee.has_weak_sysctls = 1
      c.pointee.weak_sysctls = value ? 1 : 0
    }
    if let value = lazyPages {
      c.pointee.has_lazy_pages = 1
      c.pointee.lazy_pages = value ? 1 : 0
    }
    if let value = statusFd {
      c.pointee.has_status_fd = 1
      c.pointee.status_fd = value
    }
    if let value = orphanPtsMaster {
      c.pointee.has_orphan_pts_master = 1
      c.pointee.orphan_pts_master = value ? 1 : 0
    }
    c.pointee.config_file = configFile.map(arena.text)
    if let value = tcpClose {
      c.pointee.has_tcp_close = 1
      c.pointee.tcp_close = value ? 1 : 0
    }
    c.pointee.lsm_profile = lsmProfile.map(arena.text)
    c.pointee.tls_cacert = tlsCacert.map(arena.text)
    c.pointee.tls_cacrl = tlsCacrl.map(arena.text)
    c.pointee.tls_cert = tlsCert.map(arena.text)
    c.pointee.tls_key = tlsKey.map(arena.text)
    if let value = tls {
      c.pointee.has_tls = 1
      c.pointee.tls = value ? 1 : 0
    }
    if let value = tlsNoCnVerify {
      c.pointee.has_tls_no_cn_verify = 1
      c.pointee.tls_no_cn_verify = value ? 1 : 0
    }
    c.pointee.cgroup_yard = cgroupYard.map(arena.text)
    if let value = preDumpMode {
      c.pointee.has_pre_dump_mode = 1
      c.pointee.pre_dump_mode = CImages.CriuPreDumpMode(value.rawValue)
    }
    if let value = pidfdStoreSk {
      c.pointee.has_pidfd_store_sk = 1
      c.pointee.pidfd_store_sk = value
    }
    c.pointee.lsm_mount_context = lsmMountContext.map(arena.text)
    if let value = networkLock {
      c.pointee.has_network_lock = 1
      c.pointee.network_lock = CImages.CriuNetworkLockMethod(value.rawValue)
    }
    if let value = mntnsCompatMode {
      c.pointee.has_mntns_compat_mode = 1
      c.pointee.mntns_compat_mode = value ? 1 : 0
    }
    if let value = skipFileRwxCheck {
      c.pointee.has_skip_file_rwx_check = 1
      c.pointee.skip_file_rwx_check = value ? 1 : 0
    }
    if let value = unprivileged {
      c.pointee.has_unprivileged = 1
      c.pointee.unprivileged = value ? 1 : 0
    }
    c.pointee.images_dir = imagesDir.map(arena.text)
    if let value = leaveStopped {
      c.pointee.has_leave_stopped = 1
      c.pointee.leave_stopped = value ? 1 : 0
    }
    if let value = displayStats {
      c.pointee.has_display_stats = 1
      c.pointee.display_stats = value ? 1 : 0
    }
    if let value = logToStderr {
      c.pointee.has_log_to_stderr = 1
      c.pointee.log_to_stderr = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_dump_resp
public struct CriuDumpResp: ImageMessage {
  public var restored: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_dump_resp"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuDumpResp: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuDumpResp>) {
    criu_dump_resp__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuDumpResp>) {
    if c.pointee.has_restored != 0 { restored = c.pointee.restored != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuDumpResp>, _ arena: Arena) {
    if let value = restored {
      c.pointee.has_restored = 1
      c.pointee.restored = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_restore_resp
public struct CriuRestoreResp: ImageMessage {
  public var pid: Int32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_restore_resp"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuRestoreResp: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuRestoreResp>) {
    criu_restore_resp__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuRestoreResp>) {
    pid = c.pointee.pid
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuRestoreResp>, _ arena: Arena) {
    c.pointee.pid = pid
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_notify
public struct CriuNotify: ImageMessage {
  public var script: String?
  public var pid: Int32?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_notify"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuNotify: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuNotify>) {
    criu_notify__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuNotify>) {
    script = c.pointee.script.map(Read.text)
    if c.pointee.has_pid != 0 { pid = c.pointee.pid }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuNotify>, _ arena: Arena) {
    c.pointee.script = script.map(arena.text)
    if let value = pid {
      c.pointee.has_pid = 1
      c.pointee.pid = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_features
public struct CriuFeatures: ImageMessage {
  public var memTrack: Bool?
  public var lazyPages: Bool?
  public var pidfdStore: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_features"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuFeatures: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuFeatures>) {
    criu_features__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuFeatures>) {
    if c.pointee.has_mem_track != 0 { memTrack = c.pointee.mem_track != 0 }
    if c.pointee.has_lazy_pages != 0 { lazyPages = c.pointee.lazy_pages != 0 }
    if c.pointee.has_pidfd_store != 0 { pidfdStore = c.pointee.pidfd_store != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuFeatures>, _ arena: Arena) {
    if let value = memTrack {
      c.pointee.has_mem_track = 1
      c.pointee.mem_track = value ? 1 : 0
    }
    if let value = lazyPages {
      c.pointee.has_lazy_pages = 1
      c.pointee.lazy_pages = value ? 1 : 0
    }
    if let value = pidfdStore {
      c.pointee.has_pidfd_store = 1
      c.pointee.pidfd_store = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_req
public struct CriuReq: ImageMessage {
  public var type: CriuReqType = CriuReqType(rawValue: 0)
  @Boxed public var opts: CriuOpts?
  /// answer to a notification
  public var notifySuccess: Bool?
  public var keepOpen: Bool?
  /// for FEATURE_CHECK
  @Boxed public var features: CriuFeatures?
  /// for WAIT_PID
  public var pid: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_req"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuReq: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuReq>) {
    criu_req__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuReq>) {
    type = CriuReqType(rawValue: c.pointee.type.rawValue)
    opts = c.pointee.opts.map { CriuOpts(reading: $0) }
    if c.pointee.has_notify_success != 0 { notifySuccess = c.pointee.notify_success != 0 }
    if c.pointee.has_keep_open != 0 { keepOpen = c.pointee.keep_open != 0 }
    features = c.pointee.features.map { CriuFeatures(reading: $0) }
    if c.pointee.has_pid != 0 { pid = c.pointee.pid }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuReq>, _ arena: Arena) {
    c.pointee.type = CImages.CriuReqType(type.rawValue)
    c.pointee.opts = opts.map(arena.message)
    if let value = notifySuccess {
      c.pointee.has_notify_success = 1
      c.pointee.notify_success = value ? 1 : 0
    }
    if let value = keepOpen {
      c.pointee.has_keep_open = 1
      c.pointee.keep_open = value ? 1 : 0
    }
    c.pointee.features = features.map(arena.message)
    if let value = pid {
      c.pointee.has_pid = 1
      c.pointee.pid = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_resp
public struct CriuResp: ImageMessage {
  public var type: CriuReqType = CriuReqType(rawValue: 0)
  public var success: Bool = false
  @Boxed public var dump: CriuDumpResp?
  @Boxed public var restore: CriuRestoreResp?
  @Boxed public var notify: CriuNotify?
  @Boxed public var ps: CriuPageServerInfo?
  public var crErrno: Int32?
  @Boxed public var features: CriuFeatures?
  public var crErrmsg: String?
  @Boxed public var version: CriuVersion?
  /// wait status
  public var status: Int32?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_resp"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuResp: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuResp>) {
    criu_resp__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuResp>) {
    type = CriuReqType(rawValue: c.pointee.type.rawValue)
    success = c.pointee.success != 0
    dump = c.pointee.dump.map { CriuDumpResp(reading: $0) }
    restore = c.pointee.restore.map { CriuRestoreResp(reading: $0) }
    notify = c.pointee.notify.map { CriuNotify(reading: $0) }
    ps = c.pointee.ps.map { CriuPageServerInfo(reading: $0) }
    if c.pointee.has_cr_errno != 0 { crErrno = c.pointee.cr_errno }
    features = c.pointee.features.map { CriuFeatures(reading: $0) }
    crErrmsg = c.pointee.cr_errmsg.map(Read.text)
    version = c.pointee.version.map { CriuVersion(reading: $0) }
    if c.pointee.has_status != 0 { status = c.pointee.status }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuResp>, _ arena: Arena) {
    c.pointee.type = CImages.CriuReqType(type.rawValue)
    c.pointee.success = success ? 1 : 0
    c.pointee.dump = dump.map(arena.message)
    c.pointee.restore = restore.map(arena.message)
    c.pointee.notify = notify.map(arena.message)
    c.pointee.ps = ps.map(arena.message)
    if let value = crErrno {
      c.pointee.has_cr_errno = 1
      c.pointee.cr_errno = value
    }
    c.pointee.features = features.map(arena.message)
    c.pointee.cr_errmsg = crErrmsg.map(arena.text)
    c.pointee.version = version.map(arena.message)
    if let value = status {
      c.pointee.has_status = 1
      c.pointee.status = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// criu_version
public struct CriuVersion: ImageMessage {
  public var majorNumber: Int32 = 0
  public var minorNumber: Int32 = 0
  public var gitid: String?
  public var sublevel: Int32?
  public var extra: Int32?
  public var name: String?
  public var unknownFields: [UnknownField] = []

  public static let name = "criu_version"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CriuVersion: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CriuVersion>) {
    criu_version__init(c)
  }

  init(reading c: UnsafePointer<CImages.CriuVersion>) {
    majorNumber = c.pointee.major_number
    minorNumber = c.pointee.minor_number
    gitid = c.pointee.gitid.map(Read.text)
    if c.pointee.has_sublevel != 0 { sublevel = c.pointee.sublevel }
    if c.pointee.has_extra != 0 { extra = c.pointee.extra }
    name = c.pointee.name.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CriuVersion>, _ arena: Arena) {
    c.pointee.major_number = majorNumber
    c.pointee.minor_number = minorNumber
    c.pointee.gitid = gitid.map(arena.text)
    if let value = sublevel {
      c.pointee.has_sublevel = 1
      c.pointee.sublevel = value
    }
    if let value = extra {
      c.pointee.has_extra = 1
      c.pointee.extra = value
    }
    c.pointee.name = name.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
