internal import CParasite
internal import Linux

/// Takes the area of a lost engine out of a task: every thread that is still in it, or on the way to it, is sent back to
/// where it was, what the parasite had opened is closed, and the mapping goes.
struct AreaRemoval {
  let pid: Int32
  let address: UInt64
  let byteCount: Int
  let code: CodeAddresses
  /// Whether the engine is gone, so that threads in the area leave it by themselves.
  let isOrphan: Bool
  let log: Log

  private var end: UInt64 { address + UInt64(byteCount) }

  /// - Throws: as `FrozenTree.seize`. That the task has ended is no error.
  func run() throws(Failure) {
    // Threads of the area learn of the engine's end by themselves, and leave within microseconds; only stopped ones stay.
    for attempt in 0..<200 {
      guard let held = try HeldTask(pid, log: log) else { return }
      let task = held.task
      let isLast = attempt == 199 || !isOrphan
      let result = Result { () throws(Failure) in try remove(from: task, byForce: isLast || task.state != .alive) }
      held.letGo()
      if try result.get() { return }
      pause(for: .milliseconds(1))
    }
  }

  /// - Returns: Whether it is done; false while threads are still to leave.
  private func remove(from task: FrozenTask, byForce: Bool) throws(Failure) -> Bool {
    let memory = try TaskMemory(pid: pid)
    var host: FrozenThread?
    for thread in task.threads {
      switch try place(of: thread, memory) {
      case .elsewhere: host = host ?? thread
      case .area:
        guard byForce else { return false }
        host = try sendBack(thread, in: task, memory)
      case .ownCode: host = try passThrough(thread, in: task)
      }
    }
    let hasArea = try TaskLayout(of: pid).mappings.contains { $0.start >= address && $0.start < end && $0.isShared }
    guard hasArea, let host else { return true }
    let stack = try BorrowedStack(of: host, memory: memory, code: code)
    let call = RemoteCall(task: task, thread: host, code: code, stack: stack)
    do throws(Failure) {
      for descriptor in try openEnds(memory) { _ = try call.make(RemoteCallNumber.close, UInt64(descriptor)) }
      guard try waitForClone(memory, call) else {
        try call.putBack()
        return false
      }
      _ = try call.make(RemoteCallNumber.munmap, address, UInt64(byteCount))
    } catch {
      try call.putBack()
      throw error
    }
    try call.putBack()
    return true
  }

  // MARK: Threads

  private enum Place {
    case elsewhere
    case area
    /// In the sequences of its own code, with our frame below it.
    case ownCode
  }

  private func place(of thread: FrozenThread, _ memory: TaskMemory) throws(Failure) -> Place {
    let registers = thread.context.registers
    if registers.rip >= address, registers.rip < end { return .area }
    if registers.rip >= code.signalReturn, registers.rip < code.signalReturn + 10 { return .ownCode }
    guard registers.rip >= code.systemCall,
      let offset = code.convention.returnOffset(at: registers.rip - code.systemCall),
      let word = readWords(of: pid, at: registers.rsp + offset, count: 1)?[0]
    else { return .elsewhere }
    return code.convention.word(word) == code.signalReturn ? .ownCode : .elsewhere
  }

  /// A thread in the area makes one call: rt_sigreturn from the frame that it has there.
  private func sendBack(_ thread: FrozenThread, in task: FrozenTask, _ memory: TaskMemory) throws(Failure) -> FrozenThread {
    let header = try read(parasite_header.self, at: headerAddress, memory)
    let index = (thread.context.registers.rsp - 1 - header.slots) / UInt64(header.slot_stride)
    let slot = try read(parasite_slot.self, at: header.slots + index * UInt64(header.slot_stride), memory)
    var registers = thread.context.registers
    registers.originalRax = .max
    registers.enter64BitCode()
    registers.rip = address + UInt64(parasite_signal_return_offset())
    registers.r12 = header.slots + index * UInt64(header.slot_stride)
    registers.rsp = slot.context
    try thread.tracee.setRegisters(registers)
    return try passThrough(thread, in: task)
  }

  /// Lets a thread run up to the end of its next rt_sigreturn, which puts its mask back too.
  private func passThrough(_ thread: FrozenThread, in task: FrozenTask) throws(Failure) -> FrozenThread {
    let tracee = thread.tracee
    try tracee.setSignalMask(thread.maskForUs)
    var isReturning = false
    while true {
      try tracee.resumeToSystemCall()
      try task.awaitStop(of: thread) { (tracee) throws(Failure) in
        try tracee.resumeToSystemCall()
      } isWanted: {
        $0 == .systemCall
      }
      if isReturning { break }
      let registers = try tracee.registers()
      isReturning = registers.originalRax == CallConvention(of: registers).number(.signalReturn)
    }
    return FrozenThread(
      tid: thread.tid, virtualTid: thread.virtualTid, status: thread.status,
      context: try ThreadContext(of: tracee, pid: pid))
  }

  // MARK: The pipe

  private var headerAddress: UInt64 { address + UInt64(ParasiteLayout(threadCount: 0, frameByteCount: 0).headerOffset) }

  /// Ends of the parasite's pipe that are still open: a number may be another file's since.
  private func openEnds(_ memory: TaskMemory) throws(Failure) -> [Int32] {
    let header = try read(parasite_header.self, at: headerAddress, memory)
    guard header.magic == PARASITE_MAGIC else { return [] }
    let ends = [header.pipe.0, header.pipe.1].filter { $0 >= 0 }
    let names = ends.map { name(of: $0) }
    // Without its number the pipe was made a moment ago: then both ends are the same pipe.
    let wanted = header.pipe_inode != 0 ? "pipe:[\(header.pipe_inode)]" : names.first ?? nil
    guard header.pipe_inode != 0 || Set(names).count == 1 else { return [] }
    return zip(ends, names).filter { $1 == wanted }.map(\.0)
  }

  // MARK: A clone

  /// One that the engine was lost with before it noted it in the journal: it ends by itself.
  ///
  /// - Returns: False while it has not.
  private func waitForClone(_ memory: TaskMemory, _ call: RemoteCall) throws(Failure) -> Bool {
    let header = try read(parasite_header.self, at: headerAddress, memory)
    guard header.magic == PARASITE_MAGIC, header.clone > 0 else { return true }
    return try call.waitForEnded(header.clone) != 0
  }

  private func name(of descriptor: Int32) -> String? {
    do throws(Failure) { return try readLink("/proc/\(pid)/fd/\(descriptor)") } catch { return nil }
  }

  private func read<T: BitwiseCopyable>(_ type: T.Type, at address: UInt64, _ memory: TaskMemory) throws(Failure) -> T {
    let bytes = try memory.read(at: address, byteCount: MemoryLayout<T>.size)
    return bytes.withUnsafeBytes { $0.loadUnaligned(as: T.self) }
  }
}
