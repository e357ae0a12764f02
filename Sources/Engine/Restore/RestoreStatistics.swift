internal import Images
public import Linux
public import Streams

/// What a restore cost and moved: printed by --display-stats, and stored as stats-restore.
public struct RestoreStatistics: Sendable {
  /// As we see it.
  public let rootPid: Int32
  public let forkingMicroseconds: Int
  public let restoringMicroseconds: Int
  let comparedPages, sharedPages, restoredPages: UInt64

  /// The lines of --display-stats.
  public var lines: [String] {
    [
      "Displaying restore stats:",
      "Pages compared: \(comparedPages) (0x\(String(comparedPages, radix: 16)))",
      "Pages skipped COW: \(sharedPages) (0x\(String(sharedPages, radix: 16)))",
      "Pages restored: \(restoredPages) (0x\(String(restoredPages, radix: 16)))",
      "Restore time: \(restoringMicroseconds) us",
      "Forking time: \(forkingMicroseconds) us",
    ]
  }

  /// - Parameter sink: Of the work directory.
  public func write(to sink: any ImageSink) throws(Failure) {
    let record = StatsEntry {
      $0.restore = RestoreStatsEntry {
        $0.pagesCompared = comparedPages
        $0.pagesSkippedCow = sharedPages
        $0.forkingTime = UInt32(clamping: forkingMicroseconds)
        $0.restoreTime = UInt32(clamping: restoringMicroseconds)
        $0.pagesRestored = restoredPages
      }
    }
    try sink.write(records: [record], to: .statsRestore)
  }
}
