internal import Images

/// The kinds that CRIU 4.2 writes.
extension ImageKind {
  public static let inventory = ImageKind("inventory", head: .none, magic: 0x5831_3116, InventoryEntry.self)
  /// By files_id of ids.
  public static let fdinfo = ImageKind("fdinfo-", .decimal, magic: 0x5621_3732, FdinfoEntry.self)
  /// By virtual pid.
  public static let pagemap = ImageKind("pagemap-", .decimal, magic: 0x5608_4025, PagemapEntry.self)
  /// By shmid.
  public static let pagemapShmem = ImageKind("pagemap-shmem-", .decimal, magic: 0x5608_4025, PagemapEntry.self)
  /// By virtual tid.
  public static let core = ImageKind("core-", .decimal, magic: 0x5505_3847, CoreEntry.self)
  /// By virtual pid.
  public static let ids = ImageKind("ids-", .decimal, magic: 0x5443_2030, TaskKobjIdsEntry.self)
  /// By virtual pid.
  public static let mm = ImageKind("mm-", .decimal, magic: 0x5749_2820, MmEntry.self)
  public static let pipesData = ImageKind("pipes-data", magic: 0x5645_3709, PipeDataEntry.self)
  public static let fifoData = ImageKind("fifo-data", magic: 0x5933_3054, PipeDataEntry.self)
  public static let pstree = ImageKind("pstree", magic: 0x5027_3030, PstreeEntry.self)
  public static let skQueues = ImageKind("sk-queues", magic: 0x5626_4026, SkPacketEntry.self)
  /// By uts ns id.
  public static let utsns = ImageKind("utsns-", .decimal, magic: 0x5447_3203, UtsnsEntry.self)
  /// By ipc ns id.
  public static let ipcnsVar = ImageKind("ipcns-var-", .decimal, magic: 0x5311_5007, IpcVarEntry.self)
  /// By ipc ns id.
  public static let ipcnsShm = ImageKind("ipcns-shm-", .decimal, magic: 0x4628_3044, IpcShmEntry.self)
  /// By ipc ns id.
  public static let ipcnsMsg = ImageKind("ipcns-msg-", .decimal, magic: 0x5545_3737, IpcMsgEntry.self)
  /// By ipc ns id.
  public static let ipcnsSem = ImageKind("ipcns-sem-", .decimal, magic: 0x5957_3019, IpcSemEntry.self)
  /// By virtual pid.
  public static let fs = ImageKind("fs-", .decimal, magic: 0x5140_3912, FsEntry.self)
  public static let remapFpath = ImageKind("remap-fpath", magic: 0x5913_3954, RemapFilePathEntry.self)
  /// By ghost counter from 1.
  public static let ghostFile = ImageKind("ghost-file-", .hexadecimal, magic: 0x5258_3605, GhostFileEntry.self)
  public static let memfd = ImageKind("memfd", magic: 0x4845_3499, MemfdInodeEntry.self)
  /// By socket inode.
  public static let tcpStream = ImageKind("tcp-stream-", .hexadecimal, magic: 0x5146_5506, TcpStreamEntry.self)
  /// By mnt ns id.
  public static let mountpoints = ImageKind("mountpoints-", .decimal, magic: 0x5556_3928, MntEntry.self)
  /// By net ns id.
  public static let netdev = ImageKind("netdev-", .decimal, magic: 0x5737_3951, NetDeviceEntry.self)
  /// By net ns id.
  public static let netns = ImageKind("netns-", .decimal, magic: 0x5593_3752, NetnsEntry.self)
  /// By net ns id.
  public static let ifaddr = ImageKind("ifaddr-", .decimal, head: .none, magic: 0, nil)
  /// By net ns id.
  public static let route = ImageKind("route-", .decimal, head: .none, magic: 0, nil)
  /// By net ns id.
  public static let route6 = ImageKind("route6-", .decimal, head: .none, magic: 0, nil)
  /// By net ns id.
  public static let rule = ImageKind("rule-", .decimal, head: .none, magic: 0, nil)
  /// By net ns id.
  public static let iptables = ImageKind("iptables-", .decimal, head: .none, magic: 0, nil)
  /// By net ns id.
  public static let ip6tables = ImageKind("ip6tables-", .decimal, head: .none, magic: 0, nil)
  /// By net ns id.
  public static let nftables = ImageKind("nftables-", .decimal, head: .none, magic: 0, nil)
  /// By s_dev of the super block (major << 20 | minor).
  public static let tmpfsArchive = ImageKind("tmpfs-dev-", .decimal, suffix: ".tar.gz.img", head: .none, magic: 0, nil)
  /// By s_dev.
  public static let autofs = ImageKind("autofs-", .decimal, magic: 0x4935_3943, AutofsEntry.self)
  public static let binfmtMisc = ImageKind("binfmt-misc", magic: 0x6734_3323, BinfmtMiscEntry.self)
  public static let ttyInfo = ImageKind("tty-info", magic: 0x5945_3036, TtyInfoEntry.self)
  public static let ttyData = ImageKind("tty-data", magic: 0x5941_3026, TtyDataEntry.self)
  public static let filelocks = ImageKind("filelocks", magic: 0x5432_3616, FileLockEntry.self)
  /// By pages_id.
  public static let pages = ImageKind("pages-", .decimal, head: .none, magic: 0, nil)
  public static let cgroup = ImageKind("cgroup", magic: 0x5938_3330, CgroupEntry.self)
  public static let cpuinfo = ImageKind("cpuinfo", magic: 0x6140_4013, CpuinfoEntry.self)
  public static let seccomp = ImageKind("seccomp", magic: 0x6441_3049, SeccompEntry.self)
  /// By user ns id.
  public static let userns = ImageKind("userns-", .decimal, magic: 0x5547_4906, UsernsEntry.self)
  /// By net ns id.
  public static let conntrack = ImageKind("netns-ct-", .decimal, head: .none, magic: 0, nil)
  /// By net ns id.
  public static let conntrackExpectations = ImageKind("netns-exp-", .decimal, head: .none, magic: 0, nil)
  public static let files = ImageKind("files", magic: 0x5630_3138, FileEntry.self)
  /// By time ns id; 0 when the tree has no time ns.
  public static let timens = ImageKind("timens-", .decimal, magic: 0x4311_4433, TimensEntry.self)
  /// By pid ns id.
  public static let pidns = ImageKind("pidns-", .decimal, magic: 0x6115_7326, PidnsEntry.self)
  public static let bpfmapFile = ImageKind("bpfmap-file", magic: 0x5750_6142, BpfmapFileEntry.self)
  public static let bpfmapData = ImageKind("bpfmap-data", magic: 0x6432_4033, BpfmapDataEntry.self)
  public static let apparmor = ImageKind("apparmor", magic: 0x5942_3047, ApparmorEntry.self)
  public static let pidfd = ImageKind("pidfd", magic: 0x5443_5556, PidfdEntry.self)
  public static let statsDump = ImageKind("stats-dump", suffix: "", head: .service, magic: 0x5709_3306, StatsEntry.self)
  public static let statsRestore = ImageKind(
    "stats-restore", suffix: "", head: .service, magic: 0x5709_3306, StatsEntry.self)
  public static let irmapCache = ImageKind(
    "irmap-cache", suffix: "", head: .service, magic: 0x5700_4059, IrmapCacheEntry.self)

  static let current: [ImageKind] = [
    .inventory, .fdinfo, .pagemap, .pagemapShmem, .core, .ids, .mm, .pipesData, .fifoData, .pstree, .skQueues,
    .utsns, .ipcnsVar, .ipcnsShm, .ipcnsMsg, .ipcnsSem, .fs, .remapFpath, .ghostFile, .memfd, .tcpStream,
    .mountpoints, .netdev, .netns, .ifaddr, .route, .route6, .rule, .iptables, .ip6tables, .nftables, .tmpfsArchive,
    .autofs, .binfmtMisc, .ttyInfo, .ttyData, .filelocks, .pages, .cgroup, .cpuinfo, .seccomp, .userns, .conntrack,
    .conntrackExpectations, .files, .timens, .pidns, .bpfmapFile, .bpfmapData, .apparmor, .pidfd, .statsDump,
    .statsRestore, .irmapCache,
  ]
}
