import Linux
import Streams
import Testing

@Suite struct StoredPagesTests {
  private func bytes(_ fills: UInt8...) -> [UInt8] { fills.flatMap { [UInt8](repeating: $0, count: pageSize) } }

  private func run(_ page: UInt64, _ count: Int, _ flags: PageFlags = [.lazy, .present]) -> PageRun {
    PageRun(address: page * 4096, pageCount: count, flags: flags)
  }

  private func set(_ runs: [(PageRun, [UInt8])]) throws -> MemorySet {
    let set = MemorySet()
    set.abilities = [.reopen, .randomAccess]
    let pages = try set.openPages(.task(1)) as any PageSink
    for (run, bytes) in runs {
      try pages.begin(run)
      try pages.write(bytes.span.bytes)
    }
    try pages.finish()
    return set
  }

  private func read(_ pages: StoredPages, _ page: UInt64, _ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 9, count: count * pageSize)
    let pageCount = try bytes.withUnsafeMutableBytes { try pages.read(1, at: page * 4096, into: $0) }
    return Array(bytes.prefix(pageCount * pageSize))
  }

  @Test func pagesAreReadInAnyOrder() throws {
    let set = try set([(run(1, 2), bytes(1, 2)), (run(3, 1, .present), bytes(3)), (run(6, 1), bytes(6))])
    let pages = try StoredPages(set)
    #expect(try read(pages, 6, 1) == bytes(6))
    #expect(try read(pages, 2, 1) == bytes(2))
    // Over the border of two runs, and on from where the last one ended.
    #expect(try read(pages, 1, 3) == bytes(1, 2, 3))
    #expect(try read(pages, 6, 1) == bytes(6))
  }

  @Test func whatIsNotThereIsAnError() throws {
    let set = try set([(run(1, 2), bytes(1, 2)), (run(3, 1, .lazy), [])])
    let pages = try StoredPages(set)
    #expect(throws: Failure.self) { try read(pages, 3, 1) }
    #expect(throws: Failure.self) { try read(pages, 5, 1) }
    // As far as there are pages.
    #expect(try read(pages, 2, 2) == bytes(2))
    set.images[ImageName("pages-1.img")!]!.removeLast()
    #expect(throws: Failure.self) { try read(try StoredPages(set), 2, 1) }
  }

  @Test func pagesLeftToTheParentComeFromThere() throws {
    let parent = try set([(run(1, 4), bytes(1, 2, 3, 4))])
    let child = try set([(run(1, 1), bytes(11)), (run(2, 2, [.lazy, .parent]), []), (run(4, 1), bytes(14))])
    child.parentSet = parent
    #expect(try read(try StoredPages(child), 1, 4) == bytes(11, 2, 3, 14))
  }

  @Test func aStreamIsRefused() {
    #expect(throws: Failure.self) { try StoredPages(MemorySet()) }
  }
}
