/// What a dump counts of memory (dump_stats_entry), in pages.
struct MemoryStatistics: Hashable, Sendable {
  var pagesScanned: UInt64 = 0
  var pagesWritten: UInt64 = 0
  var sharedPagesScanned: UInt64 = 0
  var sharedPagesWritten: UInt64 = 0
}
