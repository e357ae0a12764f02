internal import Linux
internal import Streams

/// The end of a clone: it is killed, and the task that made it is stopped for a moment to wait for it, which nobody else
/// can and the program itself never would.
struct CloneReaping {
  /// The task, as we see it.
  let task: Int32
  /// The clone, as we see it and as the task does.
  let clone: Int32
  let startTime: UInt64
  let number: Int32

  init(task: Int32, clone: Int32, startTime: UInt64, number: Int32) {
    self.task = task
    self.clone = clone
    self.startTime = startTime
    self.number = number
  }

  /// Does nothing where the clone is gone, or where the task has ended: its reaper then waits for the clone, as for any
  /// orphan.
  ///
  /// - Parameter held: The task, when it is stopped already.
  func run(_ sequences: CodeSequences, held: HeldTask? = nil, log: Log) throws(Failure) {
    try end()
    guard try stat()?.parent == task else { return }
    if let held { return try wait(in: held.task, sequences, log) }
    guard let held = try HeldTask(task, log: log) else { return }
    let result = Result { () throws(Failure) in try wait(in: held.task, sequences, log) }
    held.letGo()
    try result.get()
  }

  /// As `run`, in a task that its parasite is in.
  func run(through task: FrozenTask, log: Log) throws(Failure) {
    try end()
    guard try stat()?.parent == task.pid else { return }
    let anyWithoutWaiting = 0x4000_0000 | 1
    let found = try task.parasite!.systemCall(
      Int(RemoteCallNumber.wait4.of64BitCode), on: task.threads[0], Int(number), 0, anyWithoutWaiting, 0)
    if found != Int(number) { log.warning("\(task.subject) does not have its clone, pid \(clone): \(found)") }
  }

  /// Kills the clone. Whoever is its parent then waits for it.
  func end() throws(Failure) {
    guard try stat() != nil else { return }
    killProcess(clone)
    try awaitEnd()
  }

  /// `nil` when it is gone.
  private func stat() throws(Failure) -> ProcStat? {
    do throws(Failure) {
      let stat = try ProcStat(pid: clone)
      return stat.startTime == startTime ? stat : nil
    } catch {
      guard error.errno == .noEntry || error.errno == .noProcess else { throw error }
      return nil
    }
  }

  /// As long as we trace it, its end is ours to be told of first.
  private func awaitEnd() throws(Failure) {
    let deadline = Deadline(after: .seconds(60))
    let tracee = Tracee(tid: clone)
    while true {
      do throws(Failure) {
        let stop = try tracee.wait(until: deadline)
        if case .ended? = stop { return }
      } catch {
        guard error.errno == .noChild else { throw error }
        guard let state = try stat()?.state, state != "Z", state != "X" else { return }
        pause(for: .milliseconds(1))
      }
      if deadline.hasPassed {
        throw Failure(
          "end the clone", "pid \(clone), of pid \(task)", .timedOut,
          remedy: "It is stuck in the kernel: look at /proc/\(clone)/stack; it ends when the kernel lets it.")
      }
    }
  }

  private func wait(in task: FrozenTask, _ sequences: CodeSequences, _ log: Log) throws(Failure) {
    let memory = try TaskMemory(pid: task.pid)
    let thread = task.threads.first { $0.status.seccompMode == 0 } ?? task.threads[0]
    // It may run another program by now.
    guard !thread.status.hasShadowStack,
      let code = try sequences.addresses(
        in: TaskLayout(of: task.pid), memory: memory, CallConvention(of: thread.context.registers))
    else {
      log.warning("\(task.subject) runs code by which it cannot wait for its clone: pid \(clone) stays a zombie until it ends")
      return
    }
    let stack = try BorrowedStack(of: thread, memory: memory, code: code)
    let call = RemoteCall(task: task, thread: thread, code: code, stack: stack)
    let result = Result { () throws(Failure) in try call.waitForEnded(number) }
    try call.putBack()
    let found = try result.get()
    if found != Int(number) { log.warning("\(task.subject) does not have its clone, pid \(clone): \(found)") }
  }
}
