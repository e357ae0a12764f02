internal import Linux

extension FrozenTask {
  /// Waits until a thread that runs for us stops as wanted. Signals that others send and that cannot be blocked are
  /// held back until the thaw.
  ///
  /// - Parameter again: Lets the thread go on after a stop of another kind.
  /// - Throws: `ESRCH` it was killed, `EFAULT` it raised a signal, `ETIMEDOUT` it did not stop within 10 s.
  func awaitStop(
    of thread: FrozenThread, _ again: (Tracee) throws(Failure) -> Void, isWanted: (TraceStop) -> Bool
  ) throws(Failure) {
    let deadline = Deadline(after: .seconds(10))
    while true {
      guard let stop = try thread.tracee.wait(until: deadline) else {
        throw Failure(
          "drive the thread", "thread \(thread.tid) of \(subject)", .timedOut,
          remedy: "It is stuck in the kernel: look at /proc/\(pid)/task/\(thread.tid)/stack.")
      }
      if isWanted(stop) { return }
      try goOn(after: stop, thread, again)
    }
  }

  /// After a stop that was not waited for.
  func goOn(after stop: TraceStop, _ thread: FrozenThread, _ again: (Tracee) throws(Failure) -> Void) throws(Failure) {
    switch stop {
    case .ended:
      throw Failure(
        "drive the thread", "thread \(thread.tid) of \(subject)", .noProcess,
        remedy: "It was killed during the dump: start again.")
    case .signal(let signal):
      if try thread.tracee.signalCode() > 0 {
        thread.isHeld = true
        throw Failure(
          "drive the thread", "thread \(thread.tid) of \(subject), signal \(signal)", .badAddress,
          remedy: "Report this: the program is unharmed, but what we had it do failed.")
      }
      heldSignals.append(signal)
    case .interrupted, .groupStopped, .systemCall, .event: break
    }
    try again(thread.tracee)
  }
}

/// A signal frame on a thread's own stack, below its red zone, and what was there before.
final class BorrowedStack {
  private let memory: TaskMemory
  private let before: [UInt8]
  /// A multiple of 64.
  private let address: UInt64
  /// Where the stack pointer is when the thread makes a call.
  let pointer: UInt64

  /// - Throws: `EIO` there is no stack.
  init(of thread: FrozenThread, memory: TaskMemory, code: CodeAddresses) throws(Failure) {
    let redZone: UInt64 = 128
    let frame = code.convention.frame(of: thread.context)
    self.memory = memory
    // Not every program's stack pointer is an address.
    let top = max(thread.context.registers.rsp, redZone + UInt64(frame.byteCount)) - redZone
    address = (top - UInt64(frame.byteCount)) & ~63
    pointer = address + UInt64(frame.returnOffset) - code.convention.poppedByteCount
    before = try memory.read(at: address, byteCount: frame.byteCount)
    try memory.write(frame.bytes(at: address, signalReturn: code.signalReturn), at: address)
  }

  /// Before the thread goes on: a goroutine's stack may be smaller than the frame.
  func giveBack() throws(Failure) { try memory.write(before, at: address) }
}

/// System calls that a stopped thread makes for us, by code of its own. At every instant, if we die, it makes the call,
/// returns into rt_sigreturn, and is where it was.
struct RemoteCall {
  let task: FrozenTask
  let thread: FrozenThread
  let code: CodeAddresses
  let stack: BorrowedStack

  /// Leaves the thread stopped, with the registers of the call and all signals blocked: `putBack` ends that.
  ///
  /// Not for calls that sleep: the thread is already asked to stop when it makes the call.
  ///
  /// - Returns: The result, or the error number negated.
  func make(_ number: RemoteCallNumber, _ arguments: UInt64...) throws(Failure) -> Int {
    try begin(number, arguments)
    try enter()
    return try finish()
  }

  /// Has the task wait for a child of its own whose end sends no signal (wait4(2), __WALL, WNOHANG).
  ///
  /// - Parameter number: As the task sees it.
  /// - Returns: The number; 0 while it lives; an error number negated.
  func waitForEnded(_ number: Int32) throws(Failure) -> Int {
    let anyWithoutWaiting: UInt64 = 0x4000_0000 | 1
    return try make(RemoteCallNumber.wait4, UInt64(number), 0, anyWithoutWaiting, 0)
  }

  // The steps of `make`, for calls in several tasks at once; nothing else is done with the thread between them.

  /// Sends the thread to the call.
  func begin(_ number: RemoteCallNumber, _ arguments: [UInt64]) throws(Failure) {
    let tracee = thread.tracee
    var registers = thread.context.registers
    registers.originalRax = .max
    code.convention.setCall(number, arguments, in: &registers)
    registers.rip = code.systemCall
    registers.rsp = stack.pointer
    // In this order: with the mask set and the old registers, our death would leave all signals blocked for good.
    try tracee.setRegisters(registers)
    try tracee.setSignalMask(thread.maskForUs)
    try tracee.resumeToSystemCall()
  }

  /// Waits until it is at the call, and lets it make it.
  func enter() throws(Failure) {
    let tracee = thread.tracee
    try task.awaitStop(of: thread) { (tracee) throws(Failure) in
      try tracee.resumeToSystemCall()
    } isWanted: {
      $0 == .systemCall
    }
    // Stopped at the call's entry. The next stop is not at its exit but by the interruption: only there does the kernel
    // see to the restart of the call that the thread was frozen in.
    try tracee.interrupt()
    try tracee.resume()
  }

  /// Waits for the result.
  func finish() throws(Failure) -> Int {
    try task.awaitInterruption(of: thread)
    return Int(Int64(bitPattern: try thread.tracee.registers().rax))
  }

  /// The thread is as it was when it was frozen, and may go on.
  func putBack() throws(Failure) {
    try thread.putBackContext(pid: task.pid, memory: nil)
    try stack.giveBack()
  }
}

extension FrozenTask {
  func awaitInterruption(of thread: FrozenThread) throws(Failure) {
    try awaitStop(of: thread) { (tracee) throws(Failure) in
      try tracee.resume()
    } isWanted: { stop in
      if case .groupStopped = stop { return true }
      return stop == .interrupted
    }
  }
}

extension FrozenThread {
  /// Blocks all signals but those that our own code could raise: raised while blocked, they would cost the program its
  /// handler, where so they only stop the thread for us.
  var maskForUs: UInt64 {
    let raisedByCode = [4, 5, 7, 8, 11, 31].reduce(UInt64(0)) { $0 | 1 << ($1 - 1) }  // ILL TRAP BUS FPE SEGV SYS
    return ~raisedByCode | context.signalMask
  }

  /// - Parameter memory: When other code has run on the thread.
  func putBackContext(pid: Int32, memory: TaskMemory?) throws(Failure) {
    if let memory {
      if hasForeignVectors { try tracee.setExtendedState(context.extendedState) }
      if context.restartableSection != 0, let sequence = context.restartableSequence {
        // The kernel forgot the section when it saw the thread outside of it.
        try memory.write(withUnsafeBytes(of: context.restartableSection) { Array($0) }, at: sequence.address + 8)
      }
    }
    // In this order, as in RemoteCall.make.
    try tracee.setSignalMask(context.signalMask)
    try tracee.setRegisters(context.registers)
  }
}
