internal import Glibc

/// Processors that this process may run on (sched_getaffinity(2)); 1 where the kernel does not say.
public func processorCount() -> Int { max(ProcessorSet.ofThisThread()?.count ?? 1, 1) }

/// Numbers of processors, as sched_setaffinity(2) takes them.
struct ProcessorSet {
  private var words: [UInt64]

  private static let getAffinity = SystemCall(204), setAffinity = SystemCall(203), getProcessor = SystemCall(309)

  /// Those that the calling thread may run on.
  ///
  /// - Returns: `nil` where the kernel does not say.
  static func ofThisThread() -> ProcessorSet? {
    var words = [UInt64](repeating: 0, count: 128)
    let byteCount = words.withUnsafeMutableBytes { words in
      systemCall(getAffinity, 0, words.count, Int(bitPattern: words.baseAddress))
    }
    return byteCount > 0 ? ProcessorSet(words: Array(words[..<(byteCount / 8)])) : nil
  }

  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The one that the caller runs on now (getcpu(2)).
  static func current() -> ProcessorSet? {
    var processor: UInt32 = 0
    let result = withUnsafeMutablePointer(to: &processor) { systemCall(getProcessor, Int(bitPattern: $0)) }
    guard result == 0 else { return nil }
    var words = [UInt64](repeating: 0, count: 128)
    words[Int(processor) / 64] = 1 << UInt64(processor % 64)
    return ProcessorSet(words: words)
  }

  mutating func subtract(_ others: ProcessorSet) {
    for index in words.indices where index < others.words.count { words[index] &= ~others.words[index] }
  }

  /// Has a thread of ours run on these alone; left as it is where the kernel refuses.
  func confine(tid: Int32) {
    _ = words.withUnsafeBytes {
      systemCall(ProcessorSet.setAffinity, Int(tid), $0.count, Int(bitPattern: $0.baseAddress))
    }
  }
}
