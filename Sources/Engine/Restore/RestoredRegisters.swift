internal import Images
internal import Linux

/// Loads what a thread had in its registers into a stopped thread.
enum RestoredRegisters {
  /// - Parameter signalMask: Bit 0 is signal 1.
  static func load(
    _ core: CoreEntry, into tid: Int32, signalMask: UInt64, layout: ExtendedStateLayout
  ) throws(Failure) {
    guard let info = core.threadInfo else { return }  // the plan has checked that there is one
    let tracee = Tracee(tid: tid)
    try tracee.setExtendedState(
      try ExtendedStateX86.area(from: info.fpregs, layout: layout, subject: "thread \(tid)"))
    if let section = RestartableSequence.criticalSection(in: core.threadCore?.rseqEntry) {
      try TaskMemory(pid: tid).write(withUnsafeBytes(of: section.value) { [UInt8]($0) }, at: section.address)
    }
    for area in info.tls where !area.isEmpty { try tracee.setThreadArea(area.area) }
    try tracee.setRegisters(RegistersX86(info.gpregs).outsideSystemCall(info.tls))
    try tracee.setSignalMask(signalMask)
  }
}
