import Images
import Linux
import Streams
import Testing

@Suite struct PagesTests {
  private func page(_ fill: UInt8, count: Int = 1) -> [UInt8] { [UInt8](repeating: fill, count: count * pageSize) }

  private func run(_ page: UInt64, _ count: Int, _ flags: PageFlags = .present) -> PageRun {
    PageRun(address: page * 4096, pageCount: count, flags: flags)
  }

  private func write(_ runs: [(PageRun, UInt8)], to set: MemorySet, _ id: PagesID = .task(1)) throws {
    let pages = try set.openPages(id) as any PageSink
    for (run, fill) in runs {
      try pages.begin(run)
      let bytes = page(fill, count: run.flags.contains(.present) ? run.pageCount : 0)
      try pages.write(bytes.span.bytes)
    }
    try pages.finish()
  }

  private func read(_ set: MemorySet, _ id: PagesID = .task(1)) throws -> [(PageRun, [UInt8])] {
    let pages = try #require(try set.openPages(id) as (any PageSource)?)
    var result: [(PageRun, [UInt8])] = []
    while let run = try pages.next() {
      var bytes = page(0, count: run.flags.contains(.present) ? run.pageCount : 0)
      // In two buffers that do not end at a page.
      try bytes.withUnsafeMutableBytes { buffer in
        let cut = buffer.count / 3
        try pages.read(into: [
          UnsafeMutableRawBufferPointer(rebasing: buffer[..<cut]),
          UnsafeMutableRawBufferPointer(rebasing: buffer[cut...]),
        ])
      }
      result.append((run, bytes))
    }
    return result
  }

  @Test func theImagesAreThoseOfTheFormat() throws {
    let set = MemorySet()
    try write([(run(16, 1, [.present, .lazy]), 7), (run(18, 2, .lazy), 0)], to: set)
    let entries = try #require(try set.recordReader(.pagemap, 1))
    #expect(try entries.next(PagemapHead.self) == PagemapHead { $0.pagesId = 1 })
    let first = try #require(try entries.next(PagemapEntry.self))
    #expect(first.encoded() == [0x08, 0x80, 0x80, 4, 0x10, 0, 0x20, 6, 0x28, 1])
    #expect(try entries.next(PagemapEntry.self)?.flags == 2)
    #expect(set[.pages, 1] == page(7))
  }

  @Test func severalRunsAreReadAsOne() throws {
    let set = MemorySet()
    set.pieceSize = 5_000
    let runs = [(run(1, 1), 1), (run(3, 2), 2), (run(6, 1, .lazy), 0), (run(8, 1), 3), (run(10, 1), 4), (run(12, 1), 5)]
    try write(runs.map { ($0.0, UInt8($0.1)) }, to: set)
    let pages = try #require(try set.openPages(.task(1)) as (any PageSource)?)
    #expect(try pages.nextRuns(limit: 100) == [run(1, 1), run(3, 2)])
    var bytes = page(0, count: 2)
    try bytes.withUnsafeMutableBytes { try pages.read(into: [$0]) }
    #expect(bytes == page(1) + page(2))
    #expect(try pages.nextRuns(limit: 100) == [run(6, 1, .lazy)])
    #expect(try pages.nextRuns(limit: 2) == [run(8, 1), run(10, 1)])
    // What was left unread of both is passed over.
    #expect(try pages.nextRuns(limit: 2) == [run(12, 1)])
    bytes = page(0)
    try bytes.withUnsafeMutableBytes { try pages.read(into: [$0]) }
    #expect(bytes == page(5))
    #expect(try pages.nextRuns(limit: 2) == [])
  }

  @Test func runsComeBackAndNeighboursAreMerged() throws {
    let set = MemorySet()
    set.pieceSize = 5_000
    let lazy: PageFlags = [.present, .lazy]
    try write([(run(1, 1), 1), (run(2, 2), 2), (run(4, 1, lazy), 3), (run(6, 1, lazy), 4)], to: set)
    let back = try read(set)
    #expect(back.map(\.0) == [run(1, 3), run(4, 1, lazy), run(6, 1, lazy)])
    #expect(back.flatMap(\.1) == page(1) + page(2, count: 2) + page(3) + page(4))
  }

  @Test func announcedRunsAreListedBeforeTheFirstPage() throws {
    let set = MemorySet()
    let pages = try set.openPages(.task(1)) as any PageSink
    try pages.announce([run(1, 1), run(2, 1), run(4, 1, .lazy)])
    #expect(try Pagemap.read(.task(1), from: set)?.runs == [run(1, 2), run(4, 1, .lazy)])
    #expect(throws: Failure.self) { try pages.announce([]) }
    let two = page(1, count: 2)
    try pages.begin(run(1, 2))
    try pages.write(two.span.bytes)
    #expect(throws: Failure.self) { try pages.finish() }
    let again = try set.openPages(.task(2)) as any PageSink
    try again.announce([run(1, 2), run(4, 1, .lazy)])
    try again.begin(run(1, 2))
    try again.write(two.span.bytes)
    try again.begin(run(4, 1, .lazy))
    try again.finish()
    #expect(try read(set, .task(2)).map(\.0) == [run(1, 2), run(4, 1, .lazy)])
  }

  @Test func splicedAndWrittenPagesMix() throws {
    let set = MemorySet()
    let pages = try set.openPages(.shared(5)) as any PageSink
    try pages.begin(run(0, 2))
    try pages.splice(from: pipe(holding: page(1) + [2, 2]), byteCount: pageSize + 2)
    let rest = [UInt8](page(2).dropLast(2))
    try pages.write(rest.span.bytes)
    try pages.finish()
    #expect(try read(set, .shared(5)).flatMap(\.1) == page(1) + page(2))
  }

  @Test func whatIsNotReadIsSkipped() throws {
    let set = MemorySet()
    try write([(run(1, 1), 1), (run(3, 2), 2), (run(6, 1), 3)], to: set)
    let pages = try #require(try set.openPages(.task(1)) as (any PageSource)?)
    _ = try pages.next()
    _ = try pages.next()
    var some = [UInt8](repeating: 0, count: 10)
    try some.withUnsafeMutableBytes { buffer in try pages.read(into: [buffer]) }
    #expect(try pages.next() == run(6, 1))
    try some.withUnsafeMutableBytes { buffer in try pages.read(into: [buffer]) }
    #expect(some == [UInt8](repeating: 3, count: 10))
    #expect(try pages.next() == nil)
  }

  @Test func noPresentRunMakesAnEmptyPagesImage() throws {
    let set = MemorySet()
    try write([(run(1, 1, .lazy), 0)], to: set)
    #expect(set[.pages, 1] == [])
    #expect(try read(set).map(\.0) == [run(1, 1, .lazy)])
    #expect(try set.openPages(.task(2)) as (any PageSource)? == nil)
  }

  @Test func disorderAndWrongByteCountsAreRefused() throws {
    let pages = try MemorySet().openPages(.task(1)) as any PageSink
    let bytes = page(0)
    #expect(throws: Failure.self) { try pages.begin(PageRun(address: 4097, pageCount: 1, flags: .present)) }
    #expect(throws: Failure.self) { try pages.begin(run(1, 0)) }
    #expect(throws: Failure.self) { try pages.begin(PageRun(address: ~0xFFF, pageCount: 2, flags: .present)) }
    #expect(throws: Failure.self) { try pages.write(bytes.span.bytes) }
    try pages.begin(run(5, 1))
    #expect(throws: Failure.self) { try pages.begin(run(6, 1)) }
    #expect(throws: Failure.self) { try pages.finish() }
    try pages.write(bytes.span.bytes)
    #expect(throws: Failure.self) { try pages.write(bytes.span.bytes) }
    #expect(throws: Failure.self) { try pages.begin(run(5, 1)) }
    #expect(throws: Failure.self) { try pages.begin(run(4, 1)) }
    try pages.finish()
  }

  @Test func olderEntriesAreUnderstood() throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.pagemap, 1)
    try writer.write(PagemapHead { $0.pagesId = 4 })
    try writer.write(
      PagemapEntry {
        $0.vaddr = 4096
        $0.compatNrPages = 2
      })
    try writer.write(
      PagemapEntry {
        $0.vaddr = 16384
        $0.compatNrPages = 1
        $0.inParent = true
      })
    try writer.finish()
    let pagemap = try #require(try Pagemap.read(.task(1), from: set))
    #expect(pagemap.pagesNumber == 4)
    #expect(pagemap.runs == [run(1, 2), run(4, 1, .parent)])
  }

  @Test func aCutPagesImageIsDamage() throws {
    let set = MemorySet()
    try write([(run(1, 2), 1)], to: set)
    set[.pages, 1]?.removeLast()
    let failure = #expect(throws: Failure.self) { try read(set) }
    #expect(failure?.errno == .badMessage)
    set[.pages, 1] = nil
    #expect(throws: Failure.self) { try read(set) }
  }

  @Test(
    arguments: [
      [(2, 1), (1, 1)], [(1, 2), (2, 1)], [(1, 1 << 52)], [(1, .max)],
    ] as [[(UInt64, UInt64)]])
  func aPagemapInDisorderIsDamage(_ runs: [(UInt64, UInt64)]) throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.pagemap, 1)
    try writer.write(PagemapHead())
    for (page, count) in runs {
      try writer.write(
        PagemapEntry {
          $0.vaddr = page * 4096
          $0.nrPages = count
        })
    }
    try writer.finish()
    let failure = #expect(throws: Failure.self) { try Pagemap.read(.task(1), from: set) }
    #expect(failure?.errno == .badMessage)
  }

  @Test func pagesOfAParentAreFoundHoweverItSplitsThem() throws {
    let grandparent = MemorySet()
    try write([(run(1, 1), 1), (run(2, 1, [.present, .lazy]), 2), (run(3, 9), 3)], to: grandparent)
    let parent = MemorySet()
    parent.parentSet = grandparent
    try write([(run(1, 4, .parent), 0), (run(5, 2), 50), (run(8, 1, .parent), 0)], to: parent)
    let set = MemorySet()
    set.parentSet = parent
    try write([(run(2, 4, .parent), 0), (run(6, 1), 60), (run(8, 1, [.parent, .lazy]), 0)], to: set)
    let back = try read(set)
    #expect(
      back.map(\.0) == [run(2, 1), run(3, 2), run(5, 1), run(6, 1), run(8, 1, [.present, .lazy])])
    #expect(back.flatMap(\.1) == page(2) + page(3, count: 2) + page(50) + page(60) + page(3))
  }

  @Test func pagesThatNoParentHasAreDamage() throws {
    let set = MemorySet()
    try write([(run(2, 2, .parent), 0)], to: set)
    #expect(throws: Failure.self) { try read(set) }
    let parent = MemorySet()
    set.parentSet = parent
    #expect(throws: Failure.self) { try read(set) }
    try write([(run(1, 2), 1)], to: parent)
    #expect(throws: Failure.self) { try read(set) }
  }
}
