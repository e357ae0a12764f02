// Written by imagegen from proto/core.proto: change that and run `make images`.

internal import CImages
public import Linux

/// seccomp_mode: a value that this version does not know stays what it is.
public struct SeccompMode: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let disabled = Self(rawValue: 0)
  public static let strict = Self(rawValue: 1)
  public static let filter = Self(rawValue: 2)

  public static let names: [UInt32: String] = [
    0: "disabled",
    1: "strict",
    2: "filter",
  ]
}

/// task_core_entry
public struct TaskCoreEntry: ImageMessage {
  /// 1 alive, 2 dead (zombie), 3 stopped; 6 is internal only; zombies: 2, then only fields 1-6 are written
  /// (3, 4, 5 are zero) and core has no thread_info and no thread_core
  public var taskState: UInt32 = 0
  /// zombies: field exit_code of /proc/PID/stat (wait status form)
  public var exitCode: UInt32 = 0
  /// decimal parse (atoi) of the hex text in /proc/PID/personality, so e.g. "00040000" is stored as 40000;
  /// never restored by 4.2
  public var personality: UInt32 = 0
  /// kernel task flags, /proc/PID/stat field 9
  public var flags: UInt32 = 0
  /// blocked mask of the leader, PTRACE_GETSIGMASK (8 bytes)
  public var blkSigset: UInt64 = 0
  /// /proc/PID/stat field 2
  public var comm: String = ""
  /// itimers + posix timers
  @Boxed public var timers: TaskTimersEntry?
  /// prlimit64() for resources 0..15
  @Boxed public var rlimits: TaskRlimitsEntry?
  /// deprecated (now in thread_core)
  public var cgSet: UInt32?
  /// shared pending queue, PTRACE_PEEKSIGINFO with SHARED flag; always written for live tasks, may be empty
  @Boxed public var signalsS: SignalQueueEntry?
  /// deprecated, per-thread now
  public var oldSeccompMode: SeccompMode?
  public var oldSeccompFilter: UInt32?
  /// /proc/PID/loginuid mapped through userns; written when the kernel has loginuid
  public var loginuid: UInt32?
  public var oomScoreAdj: Int32?
  /// sigaction() of signals 1..64 without 9 and 19, in order (62 entries); absent for zombies
  public var sigactions: [SaEntry] = []
  /// prctl PR_GET_CHILD_SUBREAPER (parasite); written always for live tasks, true/false
  public var childSubreaper: Bool?
  /// second 64 bits (MIPS only)
  public var blkSigsetExtended: UInt64?
  /// signal that stopped the task, only when task_state is stopped
  public var stopSigno: UInt32?
  /// membarrier GET_REGISTRATIONS bitmask (parasite); written only when nonzero
  public var membarrierRegistrationMask: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "task_core_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TaskCoreEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TaskCoreEntry>) {
    task_core_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TaskCoreEntry>) {
    taskState = c.pointee.task_state
    exitCode = c.pointee.exit_code
    personality = c.pointee.personality
    flags = c.pointee.flags
    blkSigset = c.pointee.blk_sigset
    comm = Read.text(c.pointee.comm)
    timers = c.pointee.timers.map { TaskTimersEntry(reading: $0) }
    rlimits = c.pointee.rlimits.map { TaskRlimitsEntry(reading: $0) }
    if c.pointee.has_cg_set != 0 { cgSet = c.pointee.cg_set }
    signalsS = c.pointee.signals_s.map { SignalQueueEntry(reading: $0) }
    if c.pointee.has_old_seccomp_mode != 0 { oldSeccompMode = SeccompMode(rawValue: c.pointee.old_seccomp_mode.rawValue) }
    if c.pointee.has_old_seccomp_filter != 0 { oldSeccompFilter = c.pointee.old_seccomp_filter }
    if c.pointee.has_loginuid != 0 { loginuid = c.pointee.loginuid }
    if c.pointee.has_oom_score_adj != 0 { oomScoreAdj = c.pointee.oom_score_adj }
    sigactions = Read.messages(c.pointee.sigactions, c.pointee.n_sigactions)
    if c.pointee.has_child_subreaper != 0 { childSubreaper = c.pointee.child_subreaper != 0 }
    if c.pointee.has_blk_sigset_extended != 0 { blkSigsetExtended = c.pointee.blk_sigset_extended }
    if c.pointee.has_stop_signo != 0 { stopSigno = c.pointee.stop_signo }
    if c.pointee.has_membarrier_registration_mask != 0 { membarrierRegistrationMask = c.pointee.membarrier_registration_mask }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TaskCoreEntry>, _ arena: Arena) {
    c.pointee.task_state = taskState
    c.pointee.exit_code = exitCode
    c.pointee.personality = personality
    c.pointee.flags = flags
    c.pointee.blk_sigset = blkSigset
    c.pointee.comm = arena.text(comm)
    c.pointee.timers = timers.map(arena.message)
    c.pointee.rlimits = rlimits.map(arena.message)
    if let value = cgSet {
      c.pointee.has_cg_set = 1
      c.pointee.cg_set = value
    }
    c.pointee.signals_s = signalsS.map(arena.message)
    if let value = oldSeccompMode {
      c.pointee.has_old_seccomp_mode = 1
      c.pointee.old_seccomp_mode = CImages.SeccompMode(value.rawValue)
    }
    if let value = oldSeccompFilter {
      c.pointee.has_old_seccomp_filter = 1
      c.pointee.old_seccomp_filter = value
    }
    if let value = loginuid {
      c.pointee.has_loginuid = 1
      c.pointee.loginuid = value
    }
    if let value = oomScoreAdj {
      c.pointee.has_oom_score_adj = 1
      c.pointee.oom_score_adj = value
    }
    (c.pointee.sigactions, c.pointee.n_sigactions) = arena.messages(sigactions)
    if let value = childSubreaper {
      c.pointee.has_child_subreaper = 1
      c.pointee.child_subreaper = value ? 1 : 0
    }
    if let value = blkSigsetExtended {
      c.pointee.has_blk_sigset_extended = 1
      c.pointee.blk_sigset_extended = value
    }
    if let value = stopSigno {
      c.pointee.has_stop_signo = 1
      c.pointee.stop_signo = value
    }
    if let value = membarrierRegistrationMask {
      c.pointee.has_membarrier_registration_mask = 1
      c.pointee.membarrier_registration_mask = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// ids-<pid>.img: one record
public struct TaskKobjIdsEntry: ImageMessage {
  /// kcmp(KCMP_VM) class id
  public var vmId: UInt32 = 0
  /// kcmp(KCMP_FILES) class id; names fdinfo-<id>.img
  public var filesId: UInt32 = 0
  /// kcmp(KCMP_FS) class id
  public var fsId: UInt32 = 0
  /// kcmp(KCMP_SIGHAND) class id
  public var sighandId: UInt32 = 0
  /// criu ns id (1..n, allocated in discovery order, keyed by the inode of /proc/PID/ns/pid)
  public var pidNsId: UInt32?
  /// same for ns/net
  public var netNsId: UInt32?
  /// same for ns/ipc
  public var ipcNsId: UInt32?
  /// same for ns/uts
  public var utsNsId: UInt32?
  /// same for ns/mnt
  public var mntNsId: UInt32?
  /// same for ns/user
  public var userNsId: UInt32?
  /// same for ns/cgroup
  public var cgroupNsId: UInt32?
  /// same for ns/time
  public var timeNsId: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "task_kobj_ids_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TaskKobjIdsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TaskKobjIdsEntry>) {
    task_kobj_ids_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TaskKobjIdsEntry>) {
    vmId = c.pointee.vm_id
    filesId = c.pointee.files_id
    fsId = c.pointee.fs_id
    sighandId = c.pointee.sighand_id
    if c.pointee.has_pid_ns_id != 0 { pidNsId = c.pointee.pid_ns_id }
    if c.pointee.has_net_ns_id != 0 { netNsId = c.pointee.net_ns_id }
    if c.pointee.has_ipc_ns_id != 0 { ipcNsId = c.pointee.ipc_ns_id }
    if c.pointee.has_uts_ns_id != 0 { utsNsId = c.pointee.uts_ns_id }
    if c.pointee.has_mnt_ns_id != 0 { mntNsId = c.pointee.mnt_ns_id }
    if c.pointee.has_user_ns_id != 0 { userNsId = c.pointee.user_ns_id }
    if c.pointee.has_cgroup_ns_id != 0 { cgroupNsId = c.pointee.cgroup_ns_id }
    if c.pointee.has_time_ns_id != 0 { timeNsId = c.pointee.time_ns_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TaskKobjIdsEntry>, _ arena: Arena) {
    c.pointee.vm_id = vmId
    c.pointee.files_id = filesId
    c.pointee.fs_id = fsId
    c.pointee.sighand_id = sighandId
    if let value = pidNsId {
      c.pointee.has_pid_ns_id = 1
      c.pointee.pid_ns_id = value
    }
    if let value = netNsId {
      c.pointee.has_net_ns_id = 1
      c.pointee.net_ns_id = value
    }
    if let value = ipcNsId {
      c.pointee.has_ipc_ns_id = 1
      c.pointee.ipc_ns_id = value
    }
    if let value = utsNsId {
      c.pointee.has_uts_ns_id = 1
      c.pointee.uts_ns_id = value
    }
    if let value = mntNsId {
      c.pointee.has_mnt_ns_id = 1
      c.pointee.mnt_ns_id = value
    }
    if let value = userNsId {
      c.pointee.has_user_ns_id = 1
      c.pointee.user_ns_id = value
    }
    if let value = cgroupNsId {
      c.pointee.has_cgroup_ns_id = 1
      c.pointee.cgroup_ns_id = value
    }
    if let value = timeNsId {
      c.pointee.has_time_ns_id = 1
      c.pointee.time_ns_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// thread_sas_entry
public struct ThreadSasEntry: ImageMessage {
  /// sigaltstack base
  public var ssSp: UInt64 = 0
  public var ssSize: UInt64 = 0
  /// flags: SS_DISABLE 2, SS_ONSTACK 1, SS_AUTODISARM 1<<31
  public var ssFlags: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "thread_sas_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ThreadSasEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ThreadSasEntry>) {
    thread_sas_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ThreadSasEntry>) {
    ssSp = c.pointee.ss_sp
    ssSize = c.pointee.ss_size
    ssFlags = c.pointee.ss_flags
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ThreadSasEntry>, _ arena: Arena) {
    c.pointee.ss_sp = ssSp
    c.pointee.ss_size = ssSize
    c.pointee.ss_flags = ssFlags
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// thread_core_entry
public struct ThreadCoreEntry: ImageMessage {
  /// get_robust_list() head; 0 when none
  public var futexRla: UInt64 = 0
  /// its length
  public var futexRlaLen: UInt32 = 0
  public var schedNice: Int32?
  /// sched_getscheduler(); raw value, may contain SCHED_RESET_ON_FORK 0x40000000
  public var schedPolicy: UInt32?
  /// sched_getparam() priority for RT policies; written only for FIFO and RR
  public var schedPrio: UInt32?
  /// blocked mask of threads other than the leader (the leader uses tc.blk_sigset), PTRACE_GETSIGMASK
  public var blkSigset: UInt64?
  /// sigaltstack(NULL,..) in parasite; ss_flags 2 (disabled) is the usual value
  @Boxed public var sas: ThreadSasEntry?
  /// prctl PR_GET_PDEATHSIG, written only if nonzero
  public var pdeathSig: UInt32?
  /// private pending queue, PTRACE_PEEKSIGINFO; always written, may be empty
  @Boxed public var signalsP: SignalQueueEntry?
  /// credentials of the thread
  @Boxed public var creds: CredsEntry?
  /// Seccomp: line of /proc/PID/status; omitted when disabled; all threads but the leader are stored as
  /// disabled when the chains are equal (TSYNC case)
  public var seccompMode: SeccompMode?
  /// index into seccomp.img of the FIRST (oldest) installed filter of this thread; follow prev for the
  /// newer ones; only when mode is filter
  public var seccompFilter: UInt32?
  /// prctl PR_GET_NAME of the thread
  public var comm: String?
  /// second 64 bits (MIPS only)
  public var blkSigsetExtended: UInt64?
  /// PTRACE_GET_RSEQ_CONFIGURATION; written when the kernel can report it, also when not registered
  /// (pointer 0)
  @Boxed public var rseqEntry: RseqEntry?
  /// id of the cg_set in cgroup.img; 0/absent = do not move
  public var cgSet: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "thread_core_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ThreadCoreEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ThreadCoreEntry>) {
    thread_core_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ThreadCoreEntry>) {
    futexRla = c.pointee.futex_rla
    futexRlaLen = c.pointee.futex_rla_len
    if c.pointee.has_sched_nice != 0 { schedNice = c.pointee.sched_nice }
    if c.pointee.has_sched_policy != 0 { schedPolicy = c.pointee.sched_policy }
    if c.pointee.has_sched_prio != 0 { schedPrio = c.pointee.sched_prio }
    if c.pointee.has_blk_sigset != 0 { blkSigset = c.pointee.blk_sigset }
    sas = c.pointee.sas.map { ThreadSasEntry(reading: $0) }
    if c.pointee.has_pdeath_sig != 0 { pdeathSig = c.pointee.pdeath_sig }
    signalsP = c.pointee.signals_p.map { SignalQueueEntry(reading: $0) }
    creds = c.pointee.creds.map { CredsEntry(reading: $0) }
    if c.pointee.has_seccomp_mode != 0 { seccompMode = SeccompMode(rawValue: c.pointee.seccomp_mode.rawValue) }
    if c.pointee.has_seccomp_filter != 0 { seccompFilter = c.pointee.seccomp_filter }
    comm = c.pointee.comm.map(Read.text)
    if c.pointee.has_blk_sigset_extended != 0 { blkSigsetExtended = c.pointee.blk_sigset_extended }
    rseqEntry = c.pointee.rseq_entry.map { RseqEntry(reading: $0) }
    if c.pointee.has_cg_set != 0 { cgSet = c.pointee.cg_set }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ThreadCoreEntry>, _ arena: Arena) {
    c.pointee.futex_rla = futexRla
    c.pointee.futex_rla_len = futexRlaLen
    if let value = schedNice {
      c.pointee.has_sched_nice = 1
      c.pointee.sched_nice = value
    }
    if let value = schedPolicy {
      c.pointee.has_sched_policy = 1
      c.pointee.sched_policy = value
    }
    if let value = schedPrio {
      c.pointee.has_sched_prio = 1
      c.pointee.sched_prio = value
    }
    if let value = blkSigset {
      c.pointee.has_blk_sigset = 1
      c.pointee.blk_sigset = value
    }
    c.pointee.sas = sas.map(arena.message)
    if let value = pdeathSig {
      c.pointee.has_pdeath_sig = 1
      c.pointee.pdeath_sig = value
    }
    c.pointee.signals_p = signalsP.map(arena.message)
    c.pointee.creds = creds.map(arena.message)
    if let value = seccompMode {
      c.pointee.has_seccomp_mode = 1
      c.pointee.seccomp_mode = CImages.SeccompMode(value.rawValue)
    }
    if let value = seccompFilter {
      c.pointee.has_seccomp_filter = 1
      c.pointee.seccomp_filter = value
    }
    c.pointee.comm = comm.map(arena.text)
    if let value = blkSigsetExtended {
      c.pointee.has_blk_sigset_extended = 1
      c.pointee.blk_sigset_extended = value
    }
    c.pointee.rseq_entry = rseqEntry.map(arena.message)
    if let value = cgSet {
      c.pointee.has_cg_set = 1
      c.pointee.cg_set = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// task_rlimits_entry
public struct TaskRlimitsEntry: ImageMessage {
  /// index = RLIMIT_ number
  public var rlimits: [RlimitEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "task_rlimits_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TaskRlimitsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TaskRlimitsEntry>) {
    task_rlimits_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TaskRlimitsEntry>) {
    rlimits = Read.messages(c.pointee.rlimits, c.pointee.n_rlimits)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TaskRlimitsEntry>, _ arena: Arena) {
    (c.pointee.rlimits, c.pointee.n_rlimits) = arena.messages(rlimits)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// core-<tid>.img: one record
public struct CoreEntry: ImageMessage {
  public var mtype: CoreEntry.March = CoreEntry.March(rawValue: 0)
  /// x86 registers
  @Boxed public var threadInfo: ThreadInfoX86?
  /// only in the leader image (core-<pid>)
  @Boxed public var tc: TaskCoreEntry?
  /// not written by 4.2 (ids-<pid>.img is)
  @Boxed public var ids: TaskKobjIdsEntry?
  /// every thread
  @Boxed public var threadCore: ThreadCoreEntry?
  /// arm64 registers
  @Boxed public var tiAarch64: ThreadInfoAarch64?
  public var unknownFields: [UnknownField] = []

  public static let name = "core_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }

  /// core_entry.march: a value that this version does not know stays what it is.
  public struct March: ImageEnumeration {
    public let rawValue: UInt32
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    public static let unknown = Self(rawValue: 0)
    public static let x86_64 = Self(rawValue: 1)
    public static let arm = Self(rawValue: 2)
    public static let aarch64 = Self(rawValue: 3)
    public static let ppc64 = Self(rawValue: 4)
    public static let s390 = Self(rawValue: 5)
    public static let mips = Self(rawValue: 6)
    public static let loongarch64 = Self(rawValue: 7)
    public static let riscv64 = Self(rawValue: 8)

    public static let names: [UInt32: String] = [
      0: "UNKNOWN",
      1: "X86_64",
      2: "ARM",
      3: "AARCH64",
      4: "PPC64",
      5: "S390",
      6: "MIPS",
      7: "LOONGARCH64",
      8: "RISCV64",
    ]
  }
}

extension CoreEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CoreEntry>) {
    core_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CoreEntry>) {
    mtype = CoreEntry.March(rawValue: c.pointee.mtype.rawValue)
    threadInfo = c.pointee.thread_info.map { ThreadInfoX86(reading: $0) }
    tc = c.pointee.tc.map { TaskCoreEntry(reading: $0) }
    ids = c.pointee.ids.map { TaskKobjIdsEntry(reading: $0) }
    threadCore = c.pointee.thread_core.map { ThreadCoreEntry(reading: $0) }
    tiAarch64 = c.pointee.ti_aarch64.map { ThreadInfoAarch64(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CoreEntry>, _ arena: Arena) {
    c.pointee.mtype = CImages.CoreEntry__March(mtype.rawValue)
    c.pointee.thread_info = threadInfo.map(arena.message)
    c.pointee.tc = tc.map(arena.message)
    c.pointee.ids = ids.map(arena.message)
    c.pointee.thread_core = threadCore.map(arena.message)
    c.pointee.ti_aarch64 = tiAarch64.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
