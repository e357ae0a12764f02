internal import CParasite
public import Linux

extension Parasite {
  /// Room for arguments that all threads share: 256 KiB.
  public var sharedArgument: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: local(layout.argumentOffset), count: Int(PARASITE_ARGUMENT_BYTE_COUNT))
  }

  /// Room for an argument of one thread: 4032 bytes.
  public func argument(of thread: FrozenThread) -> UnsafeMutableRawBufferPointer {
    let used = MemoryLayout<parasite_slot>.size
    return UnsafeMutableRawBufferPointer(
      start: local(layout.slotOffset(index(of: thread)) + used), count: Int(PARASITE_SLOT_BYTE_COUNT) - used)
  }

  /// Where the task sees what is at `pointer` in one of the buffers above.
  public func taskAddress(of pointer: UnsafeRawPointer) -> UInt64 { remote(pointer - UnsafeRawPointer(base!)) }

  /// Runs a command (PARASITE_COMMAND_) on a thread.
  ///
  /// - Parameter argument: In one of the buffers above.
  /// - Returns: Its result: by most commands 0 or more, or an error number negated.
  /// - Throws: `ESRCH` the task was killed, `EFAULT` the command raised a signal (the program is unharmed).
  @discardableResult
  public func call(
    _ command: UInt32, on thread: FrozenThread, argument: UnsafeMutableRawPointer? = nil
  ) throws(Failure) -> Int {
    try start(command, on: [(thread, argument)])
    return try finish(thread)
  }

  /// A system call that a thread makes, with the task's rights and namespaces; one that neither sleeps nor raises a
  /// signal.
  ///
  /// - Returns: The result, or the error number negated.
  public func systemCall(
    _ number: Int, on thread: FrozenThread, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0,
    _ f: Int = 0
  ) throws(Failure) -> Int {
    let argument = argument(of: thread).baseAddress!
    argument.assumingMemoryBound(to: parasite_system_call.self).pointee = parasite_system_call(
      number: Int64(number), arguments: (Int64(a), Int64(b), Int64(c), Int64(d), Int64(e), Int64(f)))
    return try call(PARASITE_COMMAND_SYSTEM_CALL.rawValue, on: thread, argument: argument)
  }

  /// Starts a command on several threads at once; each is to be collected by `finish` before the next wave.
  public func start(
    _ command: UInt32, on threads: [(thread: FrozenThread, argument: UnsafeMutableRawPointer?)]
  ) throws(Failure) {
    try start(threads.map { ($0.thread, command, $0.argument) })
  }

  /// As above, each thread with a command of its own.
  func start(
    _ wave: [(thread: FrozenThread, command: UInt32, argument: UnsafeMutableRawPointer?)]
  ) throws(Failure) {
    precondition(runningCount == 0, "a wave begins before the last one was collected")
    var wakeMask: UInt32 = 0
    var entering: [Int] = []
    for (thread, command, argument) in wave {
      let index = index(of: thread)
      slot(index).pointee.command = command
      slot(index).pointee.argument = argument.map { taskAddress(of: $0) } ?? 0
      sequences[index] &+= 1
      futexStore(word(\.sequence, of: index), sequences[index])
      if isInside[index] { wakeMask |= slot(index).pointee.wake_mask } else { entering.append(index) }
    }
    runningCount = wave.count
    if wakeMask != 0 {
      // Its change keeps a thread from sleeping that looked at its slot before. One change a wave: two would be none.
      futexStore(release, release.pointee ^ RobustList.ownerDied)
      futexWake(release, mask: wakeMask)
    }
    for index in entering { try enter(index) }
  }

  /// Waits for a thread's command.
  ///
  /// - Returns, Throws: as `call`.
  public func finish(_ thread: FrozenThread) throws(Failure) -> Int {
    let index = index(of: thread)
    let done = word(\.done, of: index)
    let deadline = Deadline(after: .seconds(60))
    while true {
      let now = futexLoad(done)
      if now == sequences[index] { break }
      futexLook(at: done, whileIts: now)
      futexWait(done, expected: now, timeout: .milliseconds(20))
      if futexLoad(done) == sequences[index] { break }
      if let stop = try thread.tracee.waitNow() {
        try task.goOn(after: stop, thread) { (tracee) throws(Failure) in try tracee.resume() }
      }
      if deadline.hasPassed {
        throw Failure(
          "run a command in the task", "thread \(thread.tid) of \(task.subject)", .timedOut,
          remedy: "It is stuck in the kernel: look at /proc/\(task.pid)/task/\(thread.tid)/stack.")
      }
    }
    isDataWritable = true
    runningCount -= 1
    return Int(slot(index).pointee.result)
  }
}
