internal import Images
internal import Linux

/// What the engine loads into a parked thread by ptrace, as the last thing of a restore.
struct FinalRegisters: Sendable {
  let general: Registers
  /// The XSAVE area of this processor.
  let extendedState: [UInt8]
  /// Bit 0 is signal 1.
  let blockedSignals: UInt64
  /// The critical section of rseq(2) that the thread is in, which its registration has cleared.
  let restartableSection: (address: UInt64, value: UInt64)?

  /// - Parameter isLeader: Its signal mask is in the task's part of the record.
  /// - Throws: `EBADMSG` no registers, or damaged ones; `EOPNOTSUPP` this processor cannot hold them.
  init(core: CoreEntry, isLeader: Bool, layout: ExtendedStateLayout, subject: String) throws(Failure) {
    guard let info = core.threadInfo else {
      throw Failure(
        "read the registers", subject, .badMessage,
        remedy: "The core image is not of an x86_64 program, or damaged: check it with crit show.")
    }
    general = RegistersX86(info.gpregs).outsideSystemCall
    extendedState = try ExtendedStateX86.area(from: info.fpregs, layout: layout, subject: subject)
    let mask = isLeader ? core.tc?.blkSigset : nil
    blockedSignals = mask ?? core.threadCore?.blkSigset ?? 0
    restartableSection = RestartableSequence.criticalSection(in: core.threadCore?.rseqEntry)
  }

  /// Into a thread that is stopped, traced by us.
  func load(into tracee: Tracee) throws(Failure) {
    try tracee.setExtendedState(extendedState)
    try tracee.setRegisters(general)
    try tracee.setSignalMask(blockedSignals)
    if let section = restartableSection {
      try TaskMemory(pid: tracee.tid).write(section.value.bytes, at: section.address)
    }
  }
}

extension UInt64 {
  /// In the kernel's byte order.
  fileprivate var bytes: [UInt8] { Swift.withUnsafeBytes(of: self) { Array($0) } }
}
