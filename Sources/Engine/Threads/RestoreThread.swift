internal import CParasite
internal import Images
internal import Linux

/// Lays out what the last steps put back of a thread (state.h). Registers and the signal mask are not part of it: the
/// engine loads them by ptrace.
///
/// - Parameters:
///   - pid: Of its task, and `tid`, as the tree sees them.
///   - task: Of `restoreTaskState`.
///   - personality: Of its task, as the images have it; `nil` for none.
///   - sharedFilters: Seccomp filters that the leader installs for all threads at once, oldest first.
///   - filters: Those that the thread installs for itself, after the shared ones.
/// - Throws: `EBADMSG` a damaged record, `ENOMEM` the area is full.
func restoreThreadState(
  core: CoreEntry, pid: Int32, tid: Int32, task: UnsafeMutablePointer<restore_task_state>,
  personality: UInt32? = nil, sharedFilters: [SeccompProgram] = [], filters: [SeccompProgram] = [], in area: BootstrapArea
) throws(Failure) -> UnsafeMutablePointer<restore_thread_state> {
  let subject = "tid \(tid) of pid \(pid)"
  let entry = core.threadCore ?? ThreadCoreEntry()
  let memory = try area.allocate(restore_thread_state.self)
  memory.pointee.pid = pid
  memory.pointee.tid = tid
  memory.pointee.tid_address = core.threadInfo?.clearTidAddr ?? 0
  memory.pointee.robust_list = entry.futexRla
  let is32Bit = core.threadInfo?.gpregs.mode == .compat
  memory.pointee.is_32bit = is32Bit ? 1 : 0
  // The kernel takes one size only: of struct robust_list_head, three words.
  memory.pointee.robust_list_byte_count = entry.futexRlaLen == 0 ? (is32Bit ? 12 : 24) : UInt64(entry.futexRlaLen)
  memory.pointee.setRseq(entry.rseqEntry)
  memory.pointee.setAlternateStack(entry.sas)
  memory.pointee.setScheduling(entry)
  if let personality {
    memory.pointee.has_personality = 1
    memory.pointee.personality = TaskCoreEntry.personality(ofImageForm: personality)
  }
  memory.pointee.setName(entry.comm ?? core.tc?.comm ?? "")
  memory.pointee.parent_death_signal = entry.pdeathSig ?? 0

  let queue = entry.signalsP ?? SignalQueueEntry()
  memory.pointee.signals = try queue.restoreSignals(in: area, subject: subject)
  memory.pointee.signal_count = UInt32(queue.signals.count)
  if let creds = entry.creds {
    memory.pointee.has_credentials = 1
    memory.pointee.credentials = creds.credentials
    memory.pointee.group_count = UInt32(creds.groups.count)
    if !creds.groups.isEmpty {
      memory.pointee.groups = try area.allocate(UInt32.self, count: creds.groups.count)
      memory.pointee.groups.update(from: creds.groups, count: creds.groups.count)
    }
  }
  try memory.pointee.setSeccomp(entry.seccompMode, shared: sharedFilters, own: filters, in: area)
  memory.pointee.task = task
  return memory
}

extension restore_thread_state {
  fileprivate mutating func setRseq(_ entry: RseqEntry?) {
    rseq_address = entry?.rseqAbiPointer ?? 0
    rseq_byte_count = entry?.rseqAbiSize ?? 0
    rseq_signature = entry?.signature ?? 0
  }

  /// Without a record the thread gets none, whatever ours is.
  fileprivate mutating func setAlternateStack(_ entry: ThreadSasEntry?) {
    altstack_address = entry?.ssSp ?? 0
    altstack_byte_count = entry?.ssSize ?? 0
    altstack_flags = entry?.ssFlags ?? 2  // SS_DISABLE
  }

  fileprivate mutating func setScheduling(_ entry: ThreadCoreEntry) {
    if let policy = entry.schedPolicy {
      has_scheduler = 1
      scheduler_policy = policy
      scheduler_priority = entry.schedPrio ?? 0
    }
    if let value = entry.schedNice {
      has_nice = 1
      nice = value
    }
  }

  fileprivate mutating func setSeccomp(
    _ mode: SeccompMode?, shared: [SeccompProgram], own: [SeccompProgram], in area: BootstrapArea
  ) throws(Failure) {
    let programs = shared + own
    seccomp_mode = programs.isEmpty ? mode?.rawValue ?? 0 : SeccompMode.filter.rawValue
    filter_count = UInt32(programs.count)
    guard !programs.isEmpty else { return }
    filters = try area.allocate(restore_filter.self, count: programs.count)
    for (index, program) in programs.enumerated() {
      let memory = try area.allocate(byteCount: program.instructions.count, alignment: 16)
      memory.copyMemory(from: program.instructions, byteCount: program.instructions.count)
      filters[index] = restore_filter(
        flags: program.flags & ~SeccompChains.synchronizes | (index < shared.count ? SeccompChains.synchronizes : 0),
        padding: 0,
        instruction_count: UInt64(program.instructions.count / 8),
        instructions: memory.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// At most 15 bytes; the kernel cuts the rest too.
  fileprivate mutating func setName(_ name: String) {
    withUnsafeMutableBytes(of: &self.name) { $0.copyBytes(from: name.losslessBytes.prefix($0.count - 1)) }
  }
}
