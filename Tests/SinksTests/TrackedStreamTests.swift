import Linux
import Sinks
import Streams
import Testing

/// Streams that are parents, and streams that have them.
@Suite struct TrackedStreamTests {
  private func put(_ text: String, _ sink: any ImageSink) throws {
    let stream = try sink.open(try name(text))
    try stream.write(Array(text.utf8))
    try stream.finish()
  }

  @Test func listsOfPagesAreKeptAndPagesAreNot() throws {
    let stream = MemoryPlace(), kept = MemoryPlace()
    let sink = TrackedStream(stream, keepingIn: kept)
    for text in ["inventory.img", "core-1.img", "pages-9.img.zst", "tracking", "irmap-cache"] { try put(text, sink) }
    let pages = try sink.openPages(.task(1))
    try pages.begin(PageRun(address: 0x1000, pageCount: 1, flags: .present))
    try pages.write([UInt8](repeating: 5, count: pageSize).span.bytes)
    try pages.finish()
    try sink.commit()
    #expect(stream.isCommitted && kept.isCommitted)
    #expect(
      Set(stream.images.keys.map(\.description))
        == ["inventory.img", "core-1.img", "pages-9.img.zst", "pagemap-1.img", "pages-1.img"])
    #expect(Set(kept.images.keys.map(\.description)) == ["tracking", "irmap-cache", "pagemap-1.img"])
    #expect(try Pagemap.read(.task(1), from: kept) == Pagemap.read(.task(1), from: stream))
  }

  @Test func pagesOfAParentComeFromAnotherStream() throws {
    let parent = MemoryPlace(), child = MemoryPlace()
    let runs: [(PageRun, UInt8)] = [
      (PageRun(address: 0x1000, pageCount: 2, flags: .present), 1), (PageRun(address: 0x4000, pageCount: 1, flags: .present), 2),
    ]
    let pages = try parent.openPages(.task(1)) as any PageSink
    for (run, byte) in runs {
      try pages.begin(run)
      try pages.write([UInt8](repeating: byte, count: run.byteCount).span.bytes)
    }
    try pages.finish()
    let left = try child.openPages(.task(1)) as any PageSink
    try left.begin(PageRun(address: 0x2000, pageCount: 1, flags: .parent))
    try left.begin(PageRun(address: 0x4000, pageCount: 1, flags: .parent))
    try left.finish()

    let source = ZstdSource(StreamWithParent(child, parent: parent))
    #expect(source.abilities.isSuperset(of: [.ordered, .parent]))
    let read = try #require(try source.openPages(.task(1)))
    for (address, byte) in [(UInt64(0x2000), UInt8(1)), (0x4000, 2)] {
      #expect(try read.next() == PageRun(address: address, pageCount: 1, flags: .present))
      var bytes = [UInt8](repeating: 0, count: pageSize)
      try bytes.withUnsafeMutableBytes { try read.read(into: [$0]) }
      #expect(bytes == [UInt8](repeating: byte, count: pageSize))
    }
    #expect(try read.next() == nil)
  }
}
