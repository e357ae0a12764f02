internal import CParasite
internal import Images
internal import Linux

/// What is known of a frozen task from outside and changes as it is left, or is to be known before it is entered.
struct TaskReading: Sendable {
  /// Of the leader. Bit 0 is signal 1.
  var blockedSignals: UInt64
  /// The queue of the process, oldest first; 128 bytes each.
  var pendingSignals: [[UInt8]]
  var timers: [PosixTimer]
  /// What the tree calls the task's threads.
  var virtualTids: [Int32: Int32]

  init(_ task: FrozenTask) throws(Failure) {
    let leader = task.threads[0]
    blockedSignals = leader.context.signalMask
    pendingSignals = try leader.tracee.pendingSignals(in: .shared)
    timers = try PosixTimer.parse(try readText("/proc/\(task.pid)/timers"), subject: task.subject)
    virtualTids = Dictionary(uniqueKeysWithValues: task.threads.map { ($0.tid, $0.virtualTid) })
  }
}

/// What the parasite read in a task.
struct TaskStateReading: Sendable {
  var state: parasite_task_state
  /// By timer id.
  var timers: [Int32: parasite_timer] = [:]

  /// What the first run is asked.
  static func ask(for timers: [PosixTimer], in state: inout parasite_task_state) {
    ask(for: timers.prefix(Int(PARASITE_TIMER_CAPACITY)), in: &state)
  }

  private static func ask(for timers: ArraySlice<PosixTimer>, in state: inout parasite_task_state) {
    state.timer_count = UInt32(timers.count)
    withUnsafeMutableBytes(of: &state.timers) { bytes in
      let memory = bytes.bindMemory(to: parasite_timer.self)
      for (index, timer) in timers.enumerated() { memory[index].id = timer.id }
    }
  }

  /// - Parameter run: Runs PARASITE_COMMAND_TASK_STATE on the leader. Once, and again for each 128 timers more.
  init(
    timers: [PosixTimer], subject: String, run: (inout parasite_task_state) throws(Failure) -> Void
  ) throws(Failure) {
    state = parasite_task_state()
    var rest = timers[...]
    repeat {
      let batch = rest.prefix(Int(PARASITE_TIMER_CAPACITY))
      rest = rest.dropFirst(batch.count)
      TaskStateReading.ask(for: batch, in: &state)
      try run(&state)
      try checkParasite(error: state.error, item: state.item, detail: state.detail, subject: subject)
      withUnsafeBytes(of: &state.timers) { bytes in
        for timer in bytes.bindMemory(to: parasite_timer.self).prefix(batch.count) { self.timers[timer.id] = timer }
      }
    } while !rest.isEmpty
  }
}

extension TaskCoreEntry {
  /// The task's part of its leader's record. Seccomp and the cgroup set are in the threads' parts.
  init(_ task: FrozenTask, _ facts: TaskFacts, _ reading: TaskReading, _ inside: TaskStateReading) throws(Failure) {
    self.init()
    var state = inside.state
    taskState = TaskPlan.State.alive.rawValue
    if case .stopped(let signal) = task.state {
      taskState = TaskPlan.State.stopped.rawValue
      stopSigno = UInt32(bitPattern: signal)
    }
    exitCode = UInt32(bitPattern: facts.stat.exitStatus)
    personality = TaskCoreEntry.imageForm(ofPersonality: state.personality)
    flags = UInt32(truncatingIfNeeded: facts.stat.flags)
    blkSigset = reading.blockedSignals
    comm = task.command
    timers = try TaskTimersEntry(&state, reading, inside.timers, subject: task.subject)
    rlimits = facts.limits
    signalsS = SignalQueueEntry(signals: reading.pendingSignals)
    loginuid = facts.loginUser
    oomScoreAdj = facts.killAdjustment
    sigactions = withUnsafeBytes(of: &state.sigactions) { bytes in
      bytes.bindMemory(to: state_sigaction.self).map {
        SaEntry($0, is32Bit: task.threads[0].context.registers.is32Bit)
      }
    }
    childSubreaper = state.child_subreaper != 0
    membarrierRegistrationMask = state.membarrier_registrations == 0 ? nil : state.membarrier_registrations
  }

  /// A dead task: what its parent will learn, and its name.
  init(zombie task: FrozenTask, exitStatus: Int32) {
    self.init()
    taskState = TaskPlan.State.dead.rawValue
    exitCode = UInt32(bitPattern: exitStatus)
    comm = task.command
  }

  /// The hexadecimal digits of the personality, read as a decimal number up to the first letter: what CRIU writes.
  static func imageForm(ofPersonality personality: UInt32) -> UInt32 {
    let digits = String(personality, radix: 16)
    let hidden = String(repeating: "0", count: 8 - digits.utf8.count) + digits
    return UInt32(hidden.prefix { $0.isNumber }) ?? 0
  }

  /// What `imageForm` was made of, where no hexadecimal letter cut it short.
  static func personality(ofImageForm form: UInt32) -> UInt32 { UInt32(String(form), radix: 16) ?? 0 }
}

extension TaskTimersEntry {
  fileprivate init(
    _ state: inout parasite_task_state, _ reading: TaskReading, _ readings: [Int32: parasite_timer], subject: String
  ) throws(Failure) {
    self.init()
    real = ItimerEntry(state.itimers.0)
    virt = ItimerEntry(state.itimers.1)
    prof = ItimerEntry(state.itimers.2)
    for timer in reading.timers {
      guard let values = readings[timer.id] else { continue }
      let virtualTid = timer.notifyTid.flatMap { reading.virtualTids[$0] }
      if let tid = timer.notifyTid, virtualTid == nil {
        throw Failure(
          "dump the timer", "timer \(timer.id) of \(subject)", .notSupported,
          remedy: "It signals thread \(tid), which has ended: let the program delete it first.")
      }
      posix.append(timer.entry(reading: values, virtualTid: virtualTid))
    }
  }
}
