internal import CParasite
internal import Linux

extension Parasite {
  /// Sends a thread into the area, where it runs the command in its slot.
  func enter(_ index: Int) throws(Failure) {
    let thread = task.threads[index]
    let tracee = thread.tracee
    let top = layout.stackTop(index)
    var registers = thread.context.registers
    registers.originalRax = .max
    registers.enter64BitCode()
    registers.flags = 0x202  // no trap flag, no direction flag
    registers.r12 = remote(layout.slotOffset(index))
    registers.rsp = remote(top)
    registers.rip = remote(Int(parasite_entry_offset()))
    if !isDataWritable {
      // The first threads make the data writable on their way: a call that returns into the parasite.
      let word = local(top - 8).assumingMemoryBound(to: UInt64.self)
      word.pointee = registers.rip
      registers.rsp = remote(top - 8)
      registers.rip = remote(Int(parasite_system_call_offset()))
      registers.rax = RemoteCallNumber.mprotect.of64BitCode
      registers.rdi = remote(layout.headerOffset)
      registers.rsi = UInt64(layout.byteCount - layout.headerOffset)
      registers.rdx = 1 | 2  // PROT_READ | PROT_WRITE
    }
    isInside[index] = true
    // In this order, as in RemoteCall.make.
    try tracee.setRegisters(registers)
    try tracee.setSignalMask(thread.maskForUs)
    try tracee.resume()
  }

  /// Stops every thread that is in the area, and puts its context back. A later command sends it there again.
  static func bringBack(_ parasites: [Parasite]) throws(Failure) {
    var wave = Wave(parasites)
    stop(&wave)
    try wave.finish()
  }

  /// All are asked to stop before any is waited for.
  static func stop(_ wave: inout Wave<Parasite>) {
    wave.step { (parasite) throws(Failure) in try parasite.askBack() }
    wave.step { (parasite) throws(Failure) in try parasite.awaitBack() }
  }

  private func askBack() throws(Failure) {
    guard base != nil else { return }
    if !opened.isEmpty, runningCount == 0, isInside[index(of: host)] {
      try call(PARASITE_COMMAND_CLOSE.rawValue, on: host)
    }
    for index in task.threads.indices where isInside[index] && !task.threads[index].isHeld {
      try task.threads[index].tracee.interrupt()
    }
  }

  private func awaitBack() throws(Failure) {
    for index in task.threads.indices where isInside[index] {
      if !task.threads[index].isHeld { try task.awaitInterruption(of: task.threads[index]) }
      try task.threads[index].putBackContext(pid: task.pid, memory: memory)
      isInside[index] = false
    }
    runningCount = 0
  }

  /// Descriptors in the task that commands have opened.
  private var opened: [CInt] {
    let header = header.pointee
    // Before the area is filled, its zeros are no descriptors.
    guard header.magic == PARASITE_MAGIC else { return [] }
    return [header.pipe.0, header.pipe.1, header.sockets.0, header.sockets.1, header.passed.file].filter { $0 >= 0 }
  }

  /// What a parasite has opened that could not close it itself.
  func closeOpened(_ remote: RemoteCall) throws(Failure) {
    guard base != nil else { return }
    for descriptor in opened { _ = try remote.make(RemoteCallNumber.close, UInt64(descriptor)) }
    forgetOpened()
  }

  func forgetOpened() {
    header.pointee.pipe = (-1, -1)
    header.pointee.sockets = (-1, -1)
    header.pointee.passed.file = -1
  }
}
