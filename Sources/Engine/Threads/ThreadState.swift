internal import CParasite
internal import Images
internal import Linux

/// What is known of a stopped thread from outside, before and after the parasite ran on it.
struct ThreadReading: Sendable {
  var registers: RegistersX86
  /// The XSAVE area, as ptrace gives it.
  var extendedState: [UInt8]
  /// Bit 0 is signal 1.
  var blockedSignals: UInt64
  /// The thread's own queue, oldest first; 128 bytes each.
  var pendingSignals: [[UInt8]]
  /// `nil` where the kernel cannot tell.
  var rseq: RseqEntry?
  var threadAreas: [ThreadArea]
  /// Where the groups are more than the parasite tells.
  var groups: [UInt32]?
  var seccompMode: SeccompMode
  /// Index of the oldest filter in seccomp.img.
  var seccompFilter: UInt32?
}

extension ThreadReading {
  /// Of a frozen thread; three or four calls of ptrace.
  ///
  /// - Throws: `EOPNOTSUPP` a shadow stack, `ESRCH` it was killed.
  init(_ thread: FrozenThread, seccompFilter: UInt32?, subject: String) throws(Failure) {
    if thread.status.hasShadowStack {
      throw Failure(
        "dump a thread with a shadow stack", subject, .notSupported,
        remedy: "Run the program without one (GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK).")
    }
    registers = RegistersX86(thread.context.registers)
    extendedState = thread.context.extendedState
    blockedSignals = thread.context.signalMask
    pendingSignals = try thread.tracee.pendingSignals(in: .thread)
    rseq = thread.context.restartableSequence.map { RseqEntry($0, section: thread.context.restartableSection) }
    threadAreas = thread.tracee.threadAreas()
    groups = thread.status.groups
    let mode = SeccompMode(rawValue: UInt32(thread.status.seccompMode))
    // Without a filter of its own in the images, its leader speaks for it (SeccompChains).
    seccompMode = mode == .filter && seccompFilter == nil ? .disabled : mode
    self.seccompFilter = seccompFilter
  }
}

extension CoreEntry {
  /// The record of a thread (core-<tid>.img). The task's part and the cgroup set are for the caller to add.
  ///
  /// - Parameters:
  ///   - state: What the parasite read on the thread.
  ///   - isLeader: Its signal mask belongs to the task's part.
  static func thread(
    _ reading: ThreadReading, _ state: UnsafePointer<parasite_thread_state>, isLeader: Bool,
    layout: ExtendedStateLayout, subject: String
  ) throws(Failure) -> CoreEntry {
    try checkParasite(error: state.pointee.error, item: state.pointee.item, detail: 0, subject: subject)
    var registers = reading.registers
    registers.leaveSystemCall()
    var info = ThreadInfoX86()
    info.clearTidAddr = state.pointee.tid_address
    info.gpregs = registers.entry
    info.fpregs = try ExtendedStateX86.entry(from: reading.extendedState, layout: layout, subject: subject)
    info.tls = reading.threadAreas.map(UserDescT.init)

    var core = CoreEntry()
    core.mtype = .x86_64
    core.threadInfo = info
    core.threadCore = try ThreadCoreEntry(reading, state, isLeader: isLeader, subject: subject)
    return core
  }
}

extension ThreadCoreEntry {
  fileprivate init(
    _ reading: ThreadReading, _ state: UnsafePointer<parasite_thread_state>, isLeader: Bool, subject: String
  ) throws(Failure) {
    self.init()
    let thread = state.pointee
    futexRla = thread.robust_list
    futexRlaLen = UInt32(truncatingIfNeeded: thread.robust_list_byte_count)
    schedNice = thread.nice
    schedPolicy = thread.scheduler_policy
    schedPrio = SchedulerPolicy(thread.scheduler_policy).isRealTime ? thread.scheduler_priority : nil
    if SchedulerPolicy(thread.scheduler_policy).isDeadline {
      throw Failure(
        "dump a thread under SCHED_DEADLINE", subject, .notSupported,
        remedy: "The image format has no place for its budget: set another policy first (chrt -o -p 0 TID).")
    }
    blkSigset = isLeader ? nil : reading.blockedSignals
    sas = ThreadSasEntry {
      $0.ssSp = thread.altstack_address
      $0.ssSize = thread.altstack_byte_count
      $0.ssFlags = thread.altstack_flags
    }
    pdeathSig = thread.parent_death_signal == 0 ? nil : thread.parent_death_signal
    signalsP = SignalQueueEntry(signals: reading.pendingSignals)
    creds = CredsEntry(thread.credentials, groups: try ThreadCoreEntry.groups(reading, state, subject: subject))
    seccompMode = reading.seccompMode == .disabled ? nil : reading.seccompMode
    seccompFilter = reading.seccompFilter
    comm = withUnsafeBytes(of: thread.name) { String(lossless: $0.prefix { $0 != 0 }) }
    rseqEntry = reading.rseq
  }

  private static func groups(
    _ reading: ThreadReading, _ state: UnsafePointer<parasite_thread_state>, subject: String
  ) throws(Failure) -> [UInt32] {
    let count = Int(state.pointee.group_count)
    if count <= PARASITE_GROUP_CAPACITY {
      return withUnsafeBytes(of: state.pointee.groups) { Array($0.bindMemory(to: UInt32.self).prefix(count)) }
    }
    guard let groups = reading.groups, groups.count == count else {
      throw Failure(
        "read the supplementary groups", "\(count) of \(subject)", .overflow,
        remedy: "Mount /proc, whose status files show all of them.")
    }
    return groups
  }
}

/// sched_setscheduler(2).
struct SchedulerPolicy {
  private let number: UInt32

  /// - Parameter raw: May contain SCHED_RESET_ON_FORK.
  init(_ raw: UInt32) { number = raw & ~0x4000_0000 }

  /// SCHED_FIFO and SCHED_RR, which have a priority.
  var isRealTime: Bool { number == 1 || number == 2 }
  var isDeadline: Bool { number == 6 }
}
