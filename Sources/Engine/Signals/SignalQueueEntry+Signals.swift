internal import CParasite
internal import Images
internal import Linux

extension SignalQueueEntry {
  /// - Parameter signals: siginfo_t of 128 bytes each, oldest first.
  init(signals: [[UInt8]]) {
    self.init()
    self.signals = signals.map { bytes in SiginfoEntry { $0.siginfo = bytes } }
  }

  /// Puts the queue into the bootstrap area.
  ///
  /// - Throws: `EBADMSG` a record is not one siginfo_t.
  func restoreSignals(
    in area: BootstrapArea, subject: String
  ) throws(Failure) -> UnsafeMutablePointer<restore_signal>? {
    guard !signals.isEmpty else { return nil }
    let memory = try area.allocate(restore_signal.self, count: signals.count)
    for (index, signal) in signals.enumerated() {
      guard signal.siginfo.count == MemoryLayout<restore_signal>.size else {
        throw Failure(
          "read the pending signals", subject, .badMessage,
          remedy: "The core image is damaged: take it from another copy of the set.")
      }
      UnsafeMutableRawBufferPointer(start: memory + index, count: signal.siginfo.count).copyBytes(from: signal.siginfo)
    }
    return memory
  }
}
