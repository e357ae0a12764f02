import Linux
import Streams
import Testing

/// Which bytes of which set are dropped.
@Suite struct DeduplicationTests {
  private func set(_ runs: [(UInt64, Int, PageFlags)], parent: MemorySet? = nil) throws -> MemorySet {
    let set = MemorySet()
    set.parentSet = parent
    let pages = try set.openPages(.task(1)) as any PageSink
    for (first, count, flags) in runs {
      try pages.begin(PageRun(address: first * 4096, pageCount: count, flags: flags))
      guard flags.contains(.present) else { continue }
      let bytes = [UInt8](repeating: 1, count: count * pageSize)
      try pages.write(bytes.span.bytes)
    }
    try pages.finish()
    return set
  }

  private func pages(_ ranges: (Int, Int)...) -> [Range<Int>] { ranges.map { $0.0 * pageSize..<$0.1 * pageSize } }

  @Test func parentsLoseWhatALaterSetHas() throws {
    let first = try set([(0, 4, .present), (10, 4, .present), (20, 2, .present)])
    let second = try set([(0, 1, .parent), (1, 1, .present), (2, 2, .parent), (10, 4, .parent)], parent: first)
    let third = try set([(0, 3, .parent), (3, 1, .present), (9, 3, .present), (12, 2, .parent)], parent: second)
    var deduplication = Deduplication(third)
    try deduplication.dropReplaced(.task(1))
    // What the second has anew goes too. Pages that no later set tells of stay.
    #expect(first.dropped == pages((1, 2), (3, 6)))
    #expect(second.dropped.isEmpty)
    #expect(third.dropped.isEmpty)
    #expect(deduplication.byteCount == 4 * pageSize)
  }

  @Test func aTaskThatTheParentDoesNotHaveDropsNothing() throws {
    var deduplication = Deduplication(try set([(0, 4, .present)], parent: MemorySet()))
    try deduplication.dropReplaced(.task(1))
    try deduplication.dropReplaced(.task(2))
    #expect(deduplication.byteCount == 0)
  }

  @Test(arguments: [false, true]) func aRestoreDropsWhatItHasRead(_ keepsLazy: Bool) throws {
    let first = try set([(0, 8, .present)])
    let second = try set([(0, 2, .parent), (2, 2, .present), (4, 2, [.present, .lazy])], parent: first)
    var deduplication = Deduplication(second)
    try deduplication.dropRestored(.task(1), keepsLazy: keepsLazy)
    #expect(second.dropped == pages((0, keepsLazy ? 2 : 4)))
    #expect(first.dropped == pages((0, 6)))
  }

  @Test func listsOfRangesAreJoinedAndCut() {
    let a: [Range<UInt64>] = [0..<2, 4..<6, 10..<12], b: [Range<UInt64>] = [1..<5, 6..<7, 20..<21]
    #expect(AddressRanges.union(a, b) == [0..<7, 10..<12, 20..<21])
    #expect(AddressRanges.union([], b) == b)
    #expect(AddressRanges.intersection(a, b) == [1..<2, 4..<5])
    #expect(AddressRanges.intersection(a, []).isEmpty)
  }
}
