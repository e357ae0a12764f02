internal import Images
public import Linux
public import Streams

/// What a dump cost and moved: printed by --display-stats, and stored as stats-dump.
public struct DumpStatistics: Sendable {
  /// From the first thread that was asked to stop to the last that had.
  public let freezingMicroseconds: Int
  /// From the first thread that was asked to stop to the last that was let go, or killed.
  public let frozenMicroseconds: Int
  /// Within it: moving pages into the sink.
  public let drainMicroseconds: Int
  let memory: MemoryStatistics

  public var pagesWritten: UInt64 { memory.pagesWritten }
  public var sharedPagesWritten: UInt64 { memory.sharedPagesWritten }

  /// The lines of --display-stats.
  public var lines: [String] {
    [
      "Displaying dump stats:",
      "Freezing time: \(freezingMicroseconds) us",
      "Frozen time: \(frozenMicroseconds) us",
      "Memory dump time: \(drainMicroseconds) us",
      "Memory write time: 0 us",
      "Memory pages scanned: \(memory.pagesScanned) (0x\(String(memory.pagesScanned, radix: 16)))",
      "Memory pages skipped from parent: \(memory.pagesSkipped) (0x\(String(memory.pagesSkipped, radix: 16)))",
      "Memory pages written: \(memory.pagesWritten) (0x\(String(memory.pagesWritten, radix: 16)))",
      "Lazy memory pages: \(memory.pagesLazy) (0x\(String(memory.pagesLazy, radix: 16)))",
    ]
  }

  /// - Parameter sink: Of the work directory: statistics are never part of a set.
  public func write(to sink: any ImageSink) throws(Failure) {
    let record = StatsEntry {
      $0.dump = DumpStatsEntry {
        $0.freezingTime = UInt32(clamping: freezingMicroseconds)
        $0.frozenTime = UInt32(clamping: frozenMicroseconds)
        $0.memdumpTime = UInt32(clamping: drainMicroseconds)
        $0.pagesScanned = memory.pagesScanned
        $0.pagesSkippedParent = memory.pagesSkipped
        $0.pagesWritten = memory.pagesWritten
        $0.pagesLazy = memory.pagesLazy
        $0.shpagesScanned = memory.sharedPagesScanned
        $0.shpagesWritten = memory.sharedPagesWritten
        $0.shpagesSkippedParent = 0
      }
    }
    try sink.write(records: [record], to: .statsDump)
  }
}
