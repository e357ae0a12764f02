import Linux
import Sinks
import Streams
import Testing

/// Pages that a directory was told of before they came.
@Suite struct PreparedPagesTests {
  private func sink(in place: ScratchDirectory, _ journal: TestJournal, fault: FaultHook? = nil) throws -> DirectorySink {
    DirectorySink(
      adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .pageCache, journal: journal,
      fault: fault)
  }

  private func write(_ pageCount: Int, of id: PagesID, into sink: DirectorySink) throws -> [UInt8] {
    let run = PageRun(address: 0x40_0000, pageCount: pageCount, flags: .present)
    let bytes = pattern(pageCount, byteCount: run.byteCount)
    let pages = try sink.openPages(id)
    if pageCount > 0 {
      try pages.begin(run)
      try pages.write(bytes.span.bytes)
    }
    try pages.finish()
    return bytes
  }

  /// In pages: expected and written. What is expected may end within a page.
  @Test(arguments: [(1000, 1000), (1000, 300), (300, 1000), (1000, 1), (300, 0)])
  func fewerAndMorePagesThanExpectedAreAllThatIsInTheImage(_ expected: Int, _ written: Int) throws {
    let place = try ScratchDirectory()
    // What is in the way is replaced, not linked to.
    try place.write(pattern(9, byteCount: 5000), to: "pages-1.img")
    let journal = TestJournal()
    let sink = try sink(in: place, journal)
    try sink.expectPages(.task(7), byteCount: expected * pageSize - 100)
    #expect(try place.names() == ["pages-1.img"], "nothing shows before the pages come")
    let bytes = try write(written, of: .task(7), into: sink)
    try sink.commit()
    #expect(isSame(try place.contents("pages-1.img"), bytes))
    #expect(try FilePath("\(place.path)/pages-1.img").status()?.linkCount == 1)
    #expect(journal.files == [])
  }

  @Test func eachTaskGetsWhatWasPreparedForIt() throws {
    let place = try ScratchDirectory()
    let sink = try sink(in: place, TestJournal())
    for (id, pageCount) in [(PagesID.task(1), 500), (.task(2), 700)] {
      try sink.expectPages(id, byteCount: pageCount * pageSize)
    }
    let second = try write(700, of: .task(2), into: sink)
    let third = try write(200, of: .task(3), into: sink)
    let first = try write(500, of: .task(1), into: sink)
    try sink.commit()
    #expect(isSame(try place.contents("pages-1.img"), second))
    #expect(isSame(try place.contents("pages-2.img"), third))
    #expect(isSame(try place.contents("pages-3.img"), first))
  }

  @Test(arguments: [true, false]) func whatNeverCameLeavesNothing(_ isCommitted: Bool) throws {
    let place = try ScratchDirectory()
    let journal = TestJournal()
    let sink = try sink(in: place, journal)
    try sink.expectPages(.task(7), byteCount: 1 << 20)
    #expect(try place.openDescriptors().count == 2)
    if isCommitted { try sink.commit() } else { sink.abandon() }
    try journal.undo()
    #expect(try place.names() == [])
    #expect(try place.openDescriptors().count == 1, "the file of what was prepared is closed")
  }

  @Test func aFileSystemThatCannotPrepareIsWrittenToAsEver() throws {
    let place = try ScratchDirectory()
    let sink = try sink(in: place, TestJournal()) { attempted, _ in
      attempted == "prepare the image" ? .notSupported : nil
    }
    try sink.expectPages(.task(7), byteCount: 1 << 20)
    #expect(try place.openDescriptors().count == 1)
    let bytes = try write(300, of: .task(7), into: sink)
    try sink.commit()
    #expect(isSame(try place.contents("pages-1.img"), bytes))
  }
}
