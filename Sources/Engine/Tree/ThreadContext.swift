public import Linux

/// What a thread goes on with: read once all threads of its task are stopped.
public struct ThreadContext: Sendable {
  /// In the middle of a restartable sequence (rseq(2)) `rip` is already where the kernel would send the thread. A call
  /// that is to be restarted is as the kernel has it: rax -ERESTART..., `originalRax` the call.
  public var registers = Registers()
  /// Floating point and vector registers, in the XSAVE layout.
  public var extendedState: [UInt8] = []
  /// Bit n - 1 is signal n.
  public var signalMask: UInt64 = 0
  /// `nil` where the kernel cannot tell.
  public var restartableSequence: Tracee.RestartableSequence?
  /// `struct rseq`'s `rseq_cs`, when the thread is in a sequence that asks not to be restarted; else 0.
  public var restartableSection: UInt64 = 0

  public init() {}

  init(of tracee: Tracee, pid: Int32) throws(Failure) {
    registers = try tracee.registers()
    extendedState = try tracee.extendedState()
    signalMask = try tracee.signalMask()
    restartableSequence = try tracee.restartableSequence()
    if let sequence = restartableSequence, sequence.address != 0 { leaveRestartable(sequence, pid: pid) }
  }

  /// As the kernel does when it preempts a thread in a critical section; running the parasite would make it forget.
  private mutating func leaveRestartable(_ sequence: Tracee.RestartableSequence, pid: Int32) {
    guard let pointer = readWords(of: pid, at: sequence.address + 8, count: 1)?[0], pointer != 0,
      // struct rseq_cs: version and flags, start_ip, post_commit_offset, abort_ip
      let section = readWords(of: pid, at: pointer, count: 4),
      registers.rip &- section[1] < section[2]
    else { return }
    let flags = section[0] >> 32
    if flags == 0 { registers.rip = section[3] } else { restartableSection = pointer }
  }
}
