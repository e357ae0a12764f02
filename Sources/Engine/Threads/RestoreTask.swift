internal import CParasite
internal import Images
internal import Linux

/// Lays out what the last steps put back of a task (state.h).
///
/// - Parameters:
///   - core: The leader's record.
///   - memory: Holds the dumpable and the huge page flags.
///   - timersByCounting: For tests: does without the kernel's way to choose the ids of timers.
/// - Throws: `EBADMSG` a damaged record, `ENOMEM` the area is full.
func restoreTaskState(
  core: TaskCoreEntry, memory: MmEntry?, pid: Int32, threadCount: Int, timersByCounting: Bool = false,
  in area: BootstrapArea
) throws(Failure) -> UnsafeMutablePointer<restore_task_state> {
  let subject = "pid \(pid) (\(core.comm))"
  let state = try area.allocate(restore_task_state.self)
  state.pointee.pid = pid
  state.pointee.thread_count = UInt32(threadCount)
  state.pointee.credentials_left = UInt32(threadCount)
  state.pointee.timers_by_loop = timersByCounting ? 1 : 0
  state.pointee.membarrier_registrations = core.membarrierRegistrationMask ?? 0
  state.pointee.child_subreaper = core.childSubreaper == true ? 1 : 0
  if let dumpable = memory?.dumpable {
    state.pointee.has_dumpable = 1
    state.pointee.dumpable = UInt32(bitPattern: dumpable)
  }
  state.pointee.huge_pages_disabled = memory?.thpDisabled == true ? 1 : 0
  state.pointee.setLimits(core.rlimits)
  try state.pointee.setActions(core.sigactions, memory, subject: subject)

  let queue = core.signalsS ?? SignalQueueEntry()
  state.pointee.signals = try queue.restoreSignals(in: area, subject: subject)
  state.pointee.signal_count = UInt32(queue.signals.count)
  if let timers = core.timers {
    state.pointee.itimers = (timers.real.interval, timers.virt.interval, timers.prof.interval)
    try state.pointee.setTimers(timers.posix, in: area)
  }
  return state
}

extension restore_task_state {
  fileprivate mutating func setActions(
    _ entries: [SaEntry], _ memory: MmEntry?, subject: String
  ) throws(Failure) {
    guard entries.isEmpty || entries.count == STATE_SIGACTION_COUNT else {
      throw Failure(
        "read the signal actions", "\(entries.count) of \(subject)", .badMessage,
        remedy: "A task has \(STATE_SIGACTION_COUNT): the core image is damaged.")
    }
    sigaction_count = UInt32(entries.count)
    withUnsafeMutableBytes(of: &sigactions) { bytes in
      let memory = bytes.bindMemory(to: state_sigaction.self)
      for (index, entry) in entries.enumerated() { memory[index] = entry.action }
    }
    for (index, entry) in entries.enumerated() where entry.compatSigaction == true {
      compat_sigactions |= 1 << UInt64(SaEntry.signal(at: index) - 1)
    }
    if compat_sigactions != 0 { compat_scratch = try freePage32Bit(beside: memory?.vmas ?? [], subject: subject) }
  }

  /// By ascending id, since a kernel that cannot be told ids counts them up.
  fileprivate mutating func setTimers(_ entries: [PosixTimerEntry], in area: BootstrapArea) throws(Failure) {
    guard !entries.isEmpty else { return }
    timers = try area.allocate(restore_timer.self, count: entries.count)
    timer_count = UInt32(entries.count)
    for (index, entry) in entries.sorted(by: { $0.itId < $1.itId }).enumerated() { timers[index] = entry.restoreTimer }
  }
}

/// What a task writes into its own /proc files while it still has all rights, before the last steps.
///
/// - Throws: `EPERM` a right is missing that the change needs; what is equal is not written.
func restoreAccounting(_ core: TaskCoreEntry) throws(Failure) {
  if let adjustment = core.oomScoreAdj {
    try change(
      "/proc/self/oom_score_adj", to: "\(adjustment)", "set the out-of-memory score",
      remedy: "Only CAP_SYS_RESOURCE may lower it: run with that capability.")
  }
  if let user = core.loginuid {
    try change(
      "/proc/self/loginuid", to: "\(user)", "set the login user",
      remedy: "It is set for this session already: run with CAP_AUDIT_CONTROL, or start criu as a service.")
  }
}

private func change(
  _ path: String, to value: String, _ attempted: String, remedy: String
) throws(Failure) {
  do throws(Failure) {
    let now = try readBytes(path).prefix { $0 != UInt8(ascii: "\n") }
    if now.elementsEqual(value.utf8) { return }
  } catch {
    if error.errno == .noEntry { return }  // a kernel without audit
    throw error
  }
  try writeText(value, to: path, attempted, remedy: remedy)
}
