import Linux
@testable import Sinks
import Streams
import Testing

/// Images of a set that is whole, written anew.
@Suite struct RewritingTests {
  private func writeTask(_ pid: UInt32, _ flags: PageFlags, to sink: any ImageSink) throws {
    let run = PageRun(address: 0x40_0000, pageCount: 5, flags: flags)
    let pages = try sink.openPages(.task(pid))
    try pages.announce([run])
    try pages.begin(run)
    if flags.contains(.present) {
      let bytes = pattern(Int(pid), byteCount: run.byteCount)
      try pages.write(bytes.span.bytes)
    }
    try pages.finish()
  }

  private func set(_ directory: DirectorySink, isCompressed: Bool) -> any ImageSink {
    isCompressed ? IntegritySink(ZstdSink(directory, level: 1)) : directory
  }

  @Test(arguments: [false, true]) func whatWasLeftOutComesInItsPlace(_ isCompressed: Bool) throws {
    let place = try ScratchDirectory()
    let directory = DirectorySink(
      adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .pageCache, journal: TestJournal())
    let sink = set(directory, isCompressed: isCompressed)
    #expect(sink.abilities.contains(.rewriting))
    for pid in [7, 8, 9] as [UInt32] { try writeTask(pid, .lazy, to: sink) }
    let inventory = try sink.open(try name("inventory.img"))
    try inventory.write(pattern(1, byteCount: 60))
    try inventory.finish()
    try sink.commit()
    let names = try place.names()

    let again = try sink.rewriting(TestJournal())
    for pid in [9, 7] as [UInt32] { try writeTask(pid, [.lazy, .present], to: again) }
    try again.commit()

    #expect(try place.names() == names)
    let source = ZstdSource(DirectorySource(adopting: try place.open(), path: place.path))
    #expect(try Manifest.check(source) == (isCompressed ? .verified : .unlisted))
    #expect(try source.open(try name("inventory.img"))?.readAll() == pattern(1, byteCount: 60))
    for (pid, number) in [(7, 1), (8, 2), (9, 3)] as [(UInt32, UInt32)] {
      let pagemap = try #require(try Pagemap.read(.task(pid), from: source))
      #expect(pagemap.pagesNumber == number)
      let bytes = try source.open(try name("pages-\(number).img"))?.readAll()
      #expect(bytes == (pid == 8 ? [] : pattern(Int(pid), byteCount: 5 * pageSize)))
    }
  }

  /// Elsewhere nothing can be written anew, and it is said beforehand.
  @Test(arguments: SinkKind.allCases) func whatIsSentAwayCannotBeWrittenAnew(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    #expect(bench.sink.abilities.contains(.rewriting) == [.directory, .directoryWithoutRing, .zstd].contains(kind))
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    if !bench.sink.abilities.contains(.rewriting) {
      #expect(throws: Failure.self) { _ = try bench.sink.rewriting(TestJournal()) }
    }
    try bench.end(try bench.source())
  }
}
