internal import Streams

/// What a dump counts of memory (dump_stats_entry), in pages.
struct MemoryStatistics: Hashable, Sendable {
  var pagesScanned: UInt64 = 0
  var pagesWritten: UInt64 = 0
  /// Left to the parent set.
  var pagesSkipped: UInt64 = 0
  /// Left out, to be served later.
  var pagesLazy: UInt64 = 0
  var sharedPagesScanned: UInt64 = 0
  var sharedPagesWritten: UInt64 = 0

  /// Counts a run of a task's pagemap.
  mutating func count(_ run: PageRun) {
    if run.flags.contains(.present) {
      pagesWritten += UInt64(run.pageCount)
    } else if run.flags == .lazy {
      pagesLazy += UInt64(run.pageCount)
    } else {
      pagesSkipped += UInt64(run.pageCount)
    }
  }
}
