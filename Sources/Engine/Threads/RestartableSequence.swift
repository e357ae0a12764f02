internal import Images
internal import Linux

/// A thread's rseq area in the images (rseq(2), linux/rseq.h).
enum RestartableSequence {
  /// Where a restored thread's area gets back the critical section that it is in, which the registration clears.
  ///
  /// - Returns: What to write once the thread is stopped with its final registers, or `nil`.
  static func criticalSection(in entry: RseqEntry?) -> (address: UInt64, value: UInt64)? {
    guard let entry, entry.rseqAbiPointer != 0, let pointer = entry.rseqCsPointer, pointer != 0 else { return nil }
    // struct rseq: cpu_id_start u32, cpu_id u32, rseq_cs u64, flags u32, ...
    return (entry.rseqAbiPointer + 8, pointer)
  }
}

extension RseqEntry {
  /// - Parameter section: The critical section that the thread stays in; 0 none.
  init(_ sequence: Tracee.RestartableSequence, section: UInt64) {
    self.init()
    rseqAbiPointer = sequence.address
    rseqAbiSize = sequence.byteCount
    signature = sequence.signature
    rseqCsPointer = section == 0 ? nil : section
  }
}
