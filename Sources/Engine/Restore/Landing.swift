internal import CParasite
internal import Images
internal import Linux
internal import Streams

/// The end of a restore. Every thread is parked in the blob, with its memory and its state around it; the engine stops
/// it by ptrace(2), loads its registers and its signal mask, has the blob unmapped, and lets go. So no signal frame has to
/// lie in the memory of the program, and all registers come back, whatever the processor has.
struct Landing {
  private let tasks: [TaskPlan]
  private let bootstrap: Range<UInt64>
  /// A `syscall` instruction in the copy of the blob.
  private let systemCallInstruction: UInt64

  /// Traces all threads of the tree, which run on. When we die from now on, so do they.
  static func seize(_ tasks: [TaskPlan], bootstrap: BootstrapArea) throws(Failure) -> Landing {
    let landing = Landing(tasks: tasks, bootstrap: bootstrap)
    let hasFilters = tasks.contains { $0.threads.contains { $0.core.threadCore?.seccompMode != nil } }
    let options: Tracee.Options = hasFilters ? [.suspendSeccomp] : []
    for task in tasks {
      for thread in task.threads {
        if let errno = Tracee(tid: thread.tid).seize(options.union([.markSystemCalls, .killOnExit])) {
          throw Failure(
            "trace the restored thread", "\(thread.tid) of \(task.subject)", errno,
            remedy: "Run with CAP_SYS_PTRACE, and see kernel.yama.ptrace_scope.")
        }
      }
    }
    return landing
  }

  /// Stops all threads, which are parked.
  func stop() throws(Failure) {
    // All are asked first, so that they stop side by side.
    for task in tasks {
      for thread in task.threads { try Tracee(tid: thread.tid).interrupt() }
    }
    for task in tasks {
      for thread in task.threads { try expectStop(of: thread.tid, .interrupted, task: task) }
    }
  }

  private init(tasks: [TaskPlan], bootstrap: BootstrapArea) {
    self.tasks = tasks
    self.bootstrap = bootstrap.range
    let blob = UnsafeRawBufferPointer(start: blob_start(), count: Int(blob_byte_count()))
    let offset = (0..<(blob.count - 1)).first { blob[$0] == 0x0f && blob[$0 + 1] == 0x05 }
    systemCallInstruction = bootstrap.code + UInt64(offset!)
  }

  /// Gives each thread what it had: the last thing that can fail.
  func load(layout: ExtendedStateLayout) throws(Failure) {
    // Side by side, so that some tasks run while we see to others.
    try step { (task) throws(Failure) in try beginUnmapping(in: task) }
    try step { (task) throws(Failure) in
      try expectStop(of: task.pid, .systemCall, task: task)
      try Tracee(tid: task.pid).resumeToSystemCall()
    }
    try step { (task) throws(Failure) in
      try expectStop(of: task.pid, .systemCall, task: task)
      try checkUnmapped(in: task)
      for (index, thread) in task.threads.enumerated() {
        let mask = index == 0 ? task.core.blkSigset : thread.core.threadCore?.blkSigset ?? 0
        try RestoredRegisters.load(thread.core, into: thread.tid, signalMask: mask, layout: layout)
      }
    }
  }

  private func step(_ body: (TaskPlan) throws(Failure) -> Void) throws(Failure) {
    for task in tasks {
      try during("loading the registers of \(task.subject)") { () throws(Failure) in try body(task) }
    }
  }

  /// From here on the tree goes on when we die. That is in one step: before it, all of the tree ends with us.
  ///
  /// - Parameter journal: All entries are struck: what was made for the tree is its own.
  func outliveUs(journal: any Journal) throws(Failure) {
    for task in tasks { _ = try journal.enter(.processStarted(pid: task.pid, startTime: nil)) }
    for task in tasks {
      for thread in task.threads { try Tracee(tid: thread.tid).setOptions(.markSystemCalls) }
    }
    try journal.strikeAll(entering: [])
  }

  /// Lets the tree run, or stand as it stood.
  ///
  /// - Parameter stopped: All tasks stay stopped, whatever they were.
  func release(stopped: Bool) throws(Failure) {
    for task in tasks where stopped || task.state == .stopped {
      sendSignal(task.core.stopSigno.map(Int32.init(bitPattern:)) ?? Signal.stop, to: task.pid)
    }
    for task in tasks {
      for thread in task.threads { try Tracee(tid: thread.tid).detach() }
    }
  }

  /// The code that the leader is in goes away under it; it does not run again before its registers are loaded.
  private func beginUnmapping(in task: TaskPlan) throws(Failure) {
    let leader = Tracee(tid: task.pid)
    var registers = try leader.registers()
    registers.rip = systemCallInstruction
    registers.rax = 11  // SYS_munmap
    registers.rdi = bootstrap.lowerBound
    registers.rsi = bootstrap.upperBound - bootstrap.lowerBound
    registers.originalRax = .max
    try leader.setRegisters(registers)
    try leader.resumeToSystemCall()
  }

  private func checkUnmapped(in task: TaskPlan) throws(Failure) {
    let result = Int(bitPattern: UInt(try Tracee(tid: task.pid).registers().rax))
    if let errno = Errno(result: result) {
      throw Failure(
        "unmap the last steps", task.subject, errno,
        remedy: "This is a defect of this program: keep the images and the log.")
    }
  }

  private func expectStop(of tid: Int32, _ expected: TraceStop, task: TaskPlan) throws(Failure) {
    let stop = try Tracee(tid: tid).wait(until: Deadline(after: .seconds(10)))
    guard stop != expected else { return }
    throw Failure(
      "stop the restored thread", "\(tid) of \(task.subject): it is \(stop.map { "\($0)" } ?? "still running")",
      .timedOut, remedy: "Somebody killed it, or the machine is overloaded: restore again.")
  }
}
