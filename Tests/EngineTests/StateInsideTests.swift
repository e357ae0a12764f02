import CLinux
import CParasite
import Glibc
import Images
import Linux
import Testing

@testable import Engine

/// What a child found of itself, in memory that it shares with us.
private struct Found {
  var failure: Int64
  var item: UInt64
  var thread: parasite_thread_state
  var task: parasite_task_state
  /// The value of each of the first signals that were queued, shared ones first: signal number and sival.
  var signals: (UInt64, UInt64, UInt64, UInt64)
  var rseqCpu: UInt32
  /// What the restored thread was told.
  var tidAddress: UInt64
}

/// Restores `core` in a child by the last steps' functions, and reads by the parasite's what came of it.
private func restored(
  _ core: CoreEntry, memory: MmEntry? = nil, filters: [SeccompProgram] = [], timersByCounting: Bool = false, timerIDs: [Int32] = []
) throws -> Found {
  let shared = try mapAnonymous(byteCount: 64 << 10, sharing: .shared)
  defer { unmap(shared, byteCount: 64 << 10) }
  let found = shared.bindMemory(to: Found.self, capacity: 1)
  let room = try mapAnonymous(byteCount: 256 << 10, sharing: .copyOnWrite)
  unmap(room, byteCount: 256 << 10)
  let start = UInt64(UInt(bitPattern: room))
  let area = try BootstrapArea(range: start..<start + 256 << 10, sharedByteCount: 4096)
  defer { unmap(room, byteCount: 256 << 10) }

  let rseqArea = try area.allocate(byteCount: 64, alignment: 32)
  var core = core
  core.threadInfo = ThreadInfoX86()
  core.threadInfo?.clearTidAddr = 0x7000_3000
  if core.threadCore?.rseqEntry != nil {
    core.threadCore?.rseqEntry?.rseqAbiPointer = UInt64(UInt(bitPattern: rseqArea))
  }
  let task = try restoreTaskState(
    core: core.tc!, memory: memory, pid: 1, threadCount: 1, timersByCounting: timersByCounting, in: area)
  let thread = try restoreThreadState(core: core, pid: 1, tid: 1, task: task, filters: filters, in: area)
  found.pointee.tidAddress = 0x7000_3000
  found.pointee.task.timer_count = UInt32(timerIDs.count)
  withUnsafeMutableBytes(of: &found.pointee.task.timers) { bytes in
    for (index, id) in timerIDs.enumerated() { bytes.bindMemory(to: parasite_timer.self)[index].id = id }
  }

  let status = try StateChild.run {
    var all = sigset_t()
    sigfillset(&all)
    sigprocmask(SIG_BLOCK, &all, nil)
    do throws(Failure) { try dropOwnRseq() } catch { return 2 }
    task.pointee.pid = currentPid()
    thread.pointee.pid = currentPid()
    thread.pointee.tid = currentPid()
    for index in 0..<UInt32(task.pointee.timer_count) { task.pointee.timers[Int(index)].notify_tid = currentPid() }
    var result = restore_thread_begin(thread, &found.pointee.item)
    if result == 0 { result = restore_task_begin(task, &found.pointee.item) }
    if result == 0 { result = restore_task_signals(task, &found.pointee.item) }
    if result == 0 { result = restore_thread_signals(thread, &found.pointee.item) }
    if result == 0 { result = restore_credentials(thread, &found.pointee.item) }
    if result == 0 { result = restore_task_end(task, &found.pointee.item) }
    found.pointee.failure = Int64(result)
    parasite_read_thread_state(&found.pointee.thread)
    parasite_read_task_state(&found.pointee.task)
    found.pointee.rseqCpu = rseqArea.load(fromByteOffset: 4, as: UInt32.self)
    takeSignals(into: &found.pointee.signals)
    return 0
  }
  try #require(status == 0)
  return found.pointee
}

/// Takes all that is pending; private ones come first from the kernel.
private func takeSignals(into values: inout (UInt64, UInt64, UInt64, UInt64)) {
  var all = sigset_t()
  sigfillset(&all)
  var none = timespec()
  var info = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
  withUnsafeMutableBytes(of: &values) { values in
    for index in 0..<4 {
      let signal = withUnsafeMutableBytes(of: &info) {
        sigtimedwait(&all, $0.baseAddress!.assumingMemoryBound(to: siginfo_t.self), &none)
      }
      if signal < 0 { return }
      values.bindMemory(to: UInt64.self)[index] = UInt64(signal) << 32 | info.3 & 0xffff_ffff
    }
  }
}

/// As sigqueue(3) makes it: si_signo, si_errno, si_code SI_QUEUE; si_pid, si_uid; si_value.
private func queued(_ signal: Int32, value: UInt64) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 128)
  bytes.put(signal, at: 0)
  bytes.put(Int32(-1), at: 8)
  bytes.put(value, at: 24)
  return bytes
}

private struct Taken: Equatable {
  let signal, value: UInt64
  init(_ signal: UInt64, _ value: UInt64) {
    self.signal = signal
    self.value = value
  }
  init(_ packed: UInt64) { self.init(packed >> 32, packed & 0xffff_ffff) }
}

private func plainCore() -> CoreEntry {
  var core = CoreEntry()
  core.mtype = .x86_64
  core.tc = TaskCoreEntry { $0.comm = "plain" }
  core.threadCore = ThreadCoreEntry()
  return core
}

private func expectRestored(_ found: Found) {
  let words = restoreStateWords(item: found.item)
  #expect(found.failure == 0, "\(words.attempted): \(words.subject)")
  #expect(found.thread.error == 0 && found.task.error == 0)
}

@Test func aThreadGetsItsNameStackListAndPolicyBack() throws {
  var core = plainCore()
  core.threadCore = ThreadCoreEntry {
    $0.comm = "fifteen letters and more"
    $0.futexRla = 0x7000_1000
    $0.futexRlaLen = 24
    $0.schedPolicy = 3 | 0x4000_0000
    $0.schedNice = 7
    $0.pdeathSig = 15
    $0.sas = ThreadSasEntry {
      $0.ssSp = 0x7000_2000
      $0.ssSize = 65536
      $0.ssFlags = 1 << 31
    }
    $0.rseqEntry = RseqEntry {
      $0.rseqAbiSize = 32
      $0.signature = 0x5305_3053
    }
  }
  let found = try restored(core)
  expectRestored(found)
  let name = withUnsafeBytes(of: found.thread.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  #expect(name == "fifteen letters")
  #expect(found.thread.robust_list == 0x7000_1000 && found.thread.robust_list_byte_count == 24)
  #expect(found.thread.scheduler_policy == 0x4000_0003 && found.thread.nice == 7)
  #expect(found.thread.parent_death_signal == 15)
  #expect(found.thread.altstack_address == 0x7000_2000 && found.thread.altstack_byte_count == 65536)
  #expect(found.thread.altstack_flags == 1 << 31)
  #expect(found.rseqCpu < 4096, "the kernel wrote the processor's number")
  #expect(found.thread.tid_address == found.tidAddress)
}

@Test(.enabled(if: getuid() == 0, "needs root for real-time policies"))
func aRealTimeThreadGetsItsPriorityBack() throws {
  var core = plainCore()
  core.threadCore?.schedPolicy = 2
  core.threadCore?.schedPrio = 11
  let found = try restored(core)
  expectRestored(found)
  #expect(found.thread.scheduler_policy == 2 && found.thread.scheduler_priority == 11)
}

@Test func aTaskGetsItsFlagsLimitsAndActionsBack() throws {
  var core = plainCore()
  var limits = try #require(try resourceLimits(of: 0))
  limits[7] = ResourceLimit(current: 100, maximum: 200)
  limits[4] = ResourceLimit(current: 0, maximum: 4096)
  core.tc?.rlimits = TaskLimits.entry(limits)
  core.tc?.childSubreaper = true
  core.tc?.membarrierRegistrationMask = 1 << 4 | 1 << 2
  core.tc?.sigactions = (0..<62).map { index in
    SaEntry {
      $0.sigaction = UInt64(0x40_0000 + index)
      $0.flags = 0x1400_0004
      $0.restorer = 0x40_1000
      $0.mask = 1 << UInt64(index % 8)
    }
  }
  let memory = MmEntry {
    $0.dumpable = 0
    $0.thpDisabled = true
  }
  let found = try restored(core, memory: memory)
  expectRestored(found)
  #expect(found.task.child_subreaper == 1)
  #expect(found.task.membarrier_registrations == 1 << 4 | 1 << 2)
  #expect(found.task.dumpable == 0 && found.task.huge_pages_disabled == 1)
  let actions = withUnsafeBytes(of: found.task.sigactions) { $0.bindMemory(to: state_sigaction.self).map { SaEntry($0, is32Bit: false) } }
  #expect(actions.map(\.sigaction) == core.tc!.sigactions.map(\.sigaction))
  #expect(actions.map(\.mask) == core.tc!.sigactions.map(\.mask))
  #expect(actions.allSatisfy { $0.flags == 0x1400_0004 && $0.restorer == 0x40_1000 })
}

@Test func aHardLimitAboveOursFailsByItsName() throws {
  var core = plainCore()
  var limits = try #require(try resourceLimits(of: 0))
  let nofile = limits[7]
  limits[7] = ResourceLimit(current: nofile.current, maximum: 1 << 40)  // above fs.nr_open, whatever the capabilities
  core.tc?.rlimits = TaskLimits.entry(limits)
  let found = try restored(core)
  #expect(found.failure == -Int64(EPERM))
  #expect(restoreStateWords(item: found.item).subject == "RLIMIT_NOFILE")
}

@Test func queuedSignalsComeBackInOrderWithTheirValues() throws {
  var core = plainCore()
  core.tc?.signalsS = SignalQueueEntry(signals: [queued(40, value: 1), queued(40, value: 2), queued(10, value: 3)])
  core.threadCore?.signalsP = SignalQueueEntry(signals: [queued(12, value: 4)])
  let found = try restored(core)
  expectRestored(found)
  // The kernel gives the thread's queue first, then the lowest number.
  let signals = [found.signals.0, found.signals.1, found.signals.2, found.signals.3].map { Taken($0) }
  #expect(signals == [Taken(12, 4), Taken(10, 3), Taken(40, 1), Taken(40, 2)])
}

@Test(arguments: [false, true])
func timersComeBackUnderTheirIDs(_ byCounting: Bool) throws {
  var core = plainCore()
  core.tc?.timers = TaskTimersEntry {
    $0.prof = ItimerEntry {
      $0.isec = 5
      $0.vsec = 900
    }
    $0.posix = [(7, 4), (3, 0), (4, 1)].map { id, notify in
      PosixTimerEntry {
        $0.itId = UInt32(id)
        $0.clockId = 1
        $0.siSigno = 40
        $0.itSigevNotify = UInt32(notify)
        $0.sivalPtr = 77
        $0.isec = 3
        $0.vsec = UInt64(1000 + id)
      }
    }
  }
  let found = try restored(core, timersByCounting: byCounting, timerIDs: [3, 4, 7])
  expectRestored(found)
  #expect(found.task.itimers.2.interval_seconds == 5 && (899...900).contains(found.task.itimers.2.value_seconds))
  #expect(found.task.itimers.0.value_seconds == 0)
  let timers = withUnsafeBytes(of: found.task.timers) { Array($0.bindMemory(to: parasite_timer.self).prefix(3)) }
  #expect(timers.map(\.time.interval_seconds) == [3, 3, 3])
  for timer in timers {
    let elapsed = 1000 + Int64(timer.id) - timer.time.value_seconds
    #expect(elapsed == 0 || elapsed == 1)
  }
}

@Test(.enabled(if: getuid() == 0, "needs root to change ids and capabilities"))
func credentialsComeBackWhollyThoughTheyTakeAwayTheRightToChangeThem() throws {
  var wanted = state_credentials()
  (wanted.uid, wanted.euid, wanted.suid, wanted.fsuid) = (1000, 1001, 1002, 1003)
  (wanted.gid, wanted.egid, wanted.sgid, wanted.fsgid) = (2000, 2001, 2002, 2003)
  wanted.securebits = 1 << 0 | 1 << 6  // NOROOT, NO_CAP_AMBIENT_RAISE
  wanted.no_new_privileges = 1
  let chown: UInt64 = 1 << 0
  let kill: UInt64 = 1 << 5
  let time: UInt64 = 1 << 25
  wanted.permitted = chown | kill
  wanted.effective = kill
  wanted.inheritable = chown | time  // the second is outside the bounding set
  wanted.bounding = chown | kill | 1 << 38
  wanted.ambient = chown
  var core = plainCore()
  core.threadCore?.creds = CredsEntry(wanted, groups: [5, 7, 100])
  core.threadCore?.pdeathSig = 9
  let found = try restored(core, memory: MmEntry { $0.dumpable = 1 })
  expectRestored(found)
  let now = CredsEntry(
    found.thread.credentials,
    groups: withUnsafeBytes(of: found.thread.groups) {
      Array($0.bindMemory(to: UInt32.self).prefix(Int(found.thread.group_count)))
    })
  #expect(now == CredsEntry(wanted, groups: [5, 7, 100]))
  #expect(found.thread.parent_death_signal == 9)
  #expect(found.task.dumpable == 1, "ids clear it, so it comes after them")
}

@Test(.enabled(if: getuid() == 0, "needs root to keep all capabilities"))
func rootStaysRoot() throws {
  let before = try restored(plainCore())
  var core = plainCore()
  core.threadCore?.creds = CredsEntry(before.thread.credentials, groups: [])
  let found = try restored(core)
  expectRestored(found)
  #expect(CredsEntry(found.thread.credentials, groups: []) == core.threadCore?.creds)
}

// MARK: Seccomp

/// Lets every call pass but `number`, which fails with `errno`.
private func refusing(_ number: UInt32, _ errno: UInt32) -> SeccompProgram {
  var bytes = [UInt8](repeating: 0, count: 32)
  func put(_ index: Int, _ code: UInt16, _ jumpFalse: UInt8, _ operand: UInt32) {
    bytes.put(code, at: index * 8)
    bytes[index * 8 + 3] = jumpFalse
    bytes.put(operand, at: index * 8 + 4)
  }
  put(0, 0x20, 0, 0)  // load the number of the call
  put(1, 0x15, 1, number)  // jump if equal
  put(2, 0x06, 0, 0x0005_0000 | errno)  // SECCOMP_RET_ERRNO
  put(3, 0x06, 0, 0x7fff_0000)  // SECCOMP_RET_ALLOW
  return SeccompProgram(instructions: bytes, flags: 0)
}

@Test(.enabled(if: getuid() == 0, "needs root to install filters"))
func filtersAreInstalledOldestFirstAndReadBackAsTheyWere() throws {
  let programs = [refusing(UInt32(SYS_sched_getscheduler), 77), refusing(UInt32(SYS_umask), 78)]
  var core = plainCore()
  core.threadCore?.seccompMode = .filter
  let found = try restored(core, filters: programs)
  expectItsFilters(found)

  let area = try mapAnonymous(byteCount: 4096, sharing: .copyOnWrite)
  defer { unmap(area, byteCount: 4096) }
  let read = try StateChild.traced(before: { install(programs, area) }) { try $0.seccompPrograms() }
  #expect(read == programs)
}

private func expectItsFilters(_ found: Found) {
  #expect(found.failure == 0)
  #expect(found.thread.error == 77 && found.thread.item == PARASITE_ITEM_SCHEDULER.rawValue)
}

/// As the last steps do, in the child.
private func install(_ programs: [SeccompProgram], _ memory: UnsafeMutableRawPointer) {
  for program in programs {
    program.instructions.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    memory.storeBytes(of: UInt64(program.instructions.count / 8), toByteOffset: 2048, as: UInt64.self)
    memory.storeBytes(of: UInt64(UInt(bitPattern: memory)), toByteOffset: 2056, as: UInt64.self)
    _ = syscall3(Int(SYS_seccomp), 1, 0, Int(bitPattern: memory + 2048))
  }
}

private func syscall3(_ number: Int, _ a: Int, _ b: Int, _ c: Int) -> Int { cl_syscall(number, a, b, c, 0, 0, 0) }

@Test func aChainIsStoredNewestFirstAndFollowedFromTheOldest() throws {
  let programs = [refusing(1, 1), refusing(2, 2), refusing(3, 3)]
  var chains = SeccompChains()
  #expect(chains.add([refusing(9, 9)]) == 0)
  #expect(chains.add(programs) == 3)
  #expect(chains.add(programs) == 3, "equal chains are stored once")
  let filters = chains.record.seccompFilters
  #expect(filters.map(\.prev) == [nil, nil, 1, 2])
  #expect(filters[3].filter == programs[0].instructions)

  var core = plainCore()
  core.threadCore?.seccompMode = .filter
  core.threadCore?.seccompFilter = 3
  let task = TaskPlan(
    entry: PstreeEntry { $0.pid = 5 }, core: core.tc!,
    threads: [ThreadPlan(tid: 5, core: core), ThreadPlan(tid: 6, core: plainCore())], ids: nil, memory: nil,
    filesystem: nil, descriptors: [])
  #expect(try SeccompChains.programs(of: task.threads[0], in: task, chains.record) == programs)
  #expect(try SeccompChains.programs(of: task.threads[1], in: task, chains.record) == [])
  var record = chains.record
  record.seccompFilters[3].flags = SeccompChains.synchronizes
  #expect(try SeccompChains.programs(of: task.threads[1], in: task, record).count == 3, "the leader speaks for all")
  record.seccompFilters[1].prev = 3
  #expect(throws: Failure.self) { try SeccompChains.programs(of: task.threads[0], in: task, record) }
}

@Test func equalFiltersAreSharedByTheThreadsAgain() throws {
  let programs = [refusing(1, 1), refusing(2, 2)]
  var chains = SeccompChains()
  let ids = chains.add(threads: [programs, programs])
  #expect(ids == [1, nil], "the leader speaks for all")
  #expect(chains.record.seccompFilters.allSatisfy { $0.flags! & SeccompChains.synchronizes != 0 })
  let more = chains.add(threads: [programs, programs + [refusing(3, 3)]])
  #expect(!more.contains(nil))

  func installation(_ ids: [UInt32?]) throws -> ([SeccompProgram], [[SeccompProgram]]) {
    let threads = ids.enumerated().map { index, id in
      var core = plainCore()
      core.threadCore?.seccompMode = id == nil ? nil : .filter
      core.threadCore?.seccompFilter = id
      return ThreadPlan(tid: Int32(5 + index), core: core)
    }
    let task = TaskPlan(
      entry: PstreeEntry { $0.pid = 5 }, core: plainCore().tc!, threads: threads, ids: nil, memory: nil,
      filesystem: nil, descriptors: [])
    return try SeccompChains.installation(in: task, chains.record)
  }
  var (common, others) = try installation(ids)
  #expect(common.map(\.instructions) == programs.map(\.instructions))
  #expect(others == [[], []])
  (common, others) = try installation(more)
  #expect(common == programs)
  #expect(others == [[], [refusing(3, 3)]])
  (common, others) = try installation([more[0]])
  #expect(common == [] && others == [programs], "one thread shares with nobody")
}

// MARK: Signals of timers

@Test func signalsThatCameDuringTheDumpAreKeptUnlessTheirTimerWillSendThem() throws {
  var inside = try TaskStateReading(timers: [PosixTimer(id: 3), PosixTimer(id: 4)], subject: "test") { state in
    state.timers.0.time.value_seconds = 1
  }
  inside.state.itimers.0.value_seconds = 5
  func timer(_ id: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 128)
    bytes.put(Int32(40), at: 0)
    bytes.put(Int32(-2), at: 8)
    bytes.put(id, at: 16)
    return bytes
  }
  func fromKernel(_ signal: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 128)
    bytes.put(signal, at: 0)
    bytes.put(Int32(0x80), at: 8)
    return bytes
  }
  let old = [queued(40, value: 1), timer(3)]
  let later = old + [timer(3), timer(4), fromKernel(14), fromKernel(26), queued(40, value: 1)]
  #expect(
    SignalSettling.settle(first: old, later: later, inside)
      == old + [timer(4), fromKernel(26), queued(40, value: 1)])
}
