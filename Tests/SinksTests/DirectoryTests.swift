import Glibc
import Linux
import Sinks
import Streams
import Synchronization
import Testing

/// What only a directory promises.
@Suite struct DirectoryTests {
  private func sink(
    in place: ScratchDirectory, _ journal: TestJournal, _ contents: DirectorySink.Contents = .wholeSet,
    ring: DirectorySink.RingUse = .ifGranted, fault: FaultHook? = nil
  ) throws -> DirectorySink {
    DirectorySink(
      adopting: try place.open(), path: place.path, contents: contents, durability: .disk, journal: journal, ring: ring,
      fault: fault)
  }

  @Test func theRingIsUsedUnlessForbidden() throws {
    let place = try ScratchDirectory()
    #expect(try sink(in: place, TestJournal()).usesRing)
    #expect(try !sink(in: place, TestJournal(), ring: .never).usesRing)
  }

  @Test(arguments: [1, 10, 100_000])
  func theOldInventoryGoesWithTheFirstImage(_ byteCount: Int) throws {
    let place = try ScratchDirectory()
    try place.write([1], to: "inventory.img")
    try place.write([2], to: "core-1.img")
    let journal = TestJournal()
    let sink = try sink(in: place, journal)
    let stream = try sink.open(try name("core-1.img"))
    #expect(try place.names() == ["core-1.img", "inventory.img"])
    try stream.write(pattern(5, byteCount: byteCount))
    try stream.finish()
    #expect(try !place.names().contains("inventory.img"))
    sink.abandon()
    try journal.undo()
    #expect(try place.names() == [])
  }

  @Test func aSinkThatWroteNothingLeavesAnOldSetAlone() throws {
    let place = try ScratchDirectory()
    try place.write([1], to: "inventory.img")
    let journal = TestJournal()
    let sink = try sink(in: place, journal)
    _ = try sink.open(try name("core-1.img"))
    sink.abandon()
    try journal.undo()
    #expect(try place.names() == ["inventory.img"])
  }

  @Test func aPartLeavesTheInventoryAlone() throws {
    let place = try ScratchDirectory()
    try place.write([1], to: "inventory.img")
    let journal = TestJournal()
    let sink = try sink(in: place, journal, .part)
    let stream = try sink.open(try name("pages-1.img"))
    try stream.write(pattern(1, byteCount: 4096))
    try stream.finish()
    try sink.commit()
    #expect(try place.names() == ["inventory.img", "pages-1.img"])
    #expect(try place.contents("inventory.img") == [1])
  }

  @Test func anOldFileOfAnImageThatWasNeverWrittenIsRemoved() throws {
    let place = try ScratchDirectory()
    try place.write([1], to: "fifo-data.img")
    let sink = try sink(in: place, TestJournal())
    try sink.open(try name("fifo-data.img")).finish()
    try sink.commit()
    #expect(try place.names() == [])
  }

  @Test(arguments: [10, 100_000], [10, 100_000])
  func anImageThatIsOpenedAgainStartsAnew(_ first: Int, _ second: Int) throws {
    let place = try ScratchDirectory()
    let journal = TestJournal()
    let sink = try sink(in: place, journal)
    for byteCount in [first, second] {
      let stream = try sink.open(try name("core-1.img"))
      #expect(throws: Failure.self) { try sink.open(try name("core-1.img")) }
      try stream.write(pattern(byteCount, byteCount: byteCount))
      try stream.finish()
    }
    try sink.commit()
    #expect(isSame(try place.contents("core-1.img"), pattern(second, byteCount: second)))
    #expect(journal.files == [])
  }

  @Test(arguments: SinkKind.places) func everyFileIsInTheJournalBeforeItIsMade(_ kind: SinkKind) throws {
    let place = try ScratchDirectory()
    let journal = TestJournal()
    var made: [String] = []
    let sink = try sink(in: place, journal, ring: kind == .directory ? .ifGranted : .never) { attempted, subject in
      if attempted == "create the image" || attempted == "publish the image" {
        made.append(subject)
        #expect(journal.files.contains(subject), "\(subject) is made before it is in the journal")
      }
      return nil
    }
    try SinkContract.writeSet(sink)
    try sink.commit()
    #expect(made.count == SinkContract.expected.count + 1)
  }

  @Test(arguments: SinkKind.places) func theInventoryIsPublishedAfterAllElseIsOnTheDisk(_ kind: SinkKind) throws {
    let place = try ScratchDirectory()
    var steps: [String] = []
    let sink = try sink(in: place, TestJournal(), ring: kind == .directory ? .ifGranted : .never) { attempted, _ in
      steps.append(attempted)
      return nil
    }
    try SinkContract.writeSet(sink)
    try sink.commit()
    #expect(steps.suffix(3) == ["sync the directory", "publish the image", "sync the directory"])
    #expect(steps.filter { $0 == "sync the image" }.count == SinkContract.expected.count)
  }

  @Test func moreImagesThanFitInMemoryAreAllWritten() throws {
    let place = try ScratchDirectory()
    let sink = try sink(in: place, TestJournal())
    for id in 0..<700 {
      let stream = try sink.open(try name("core-\(id).img"))
      try stream.write(pattern(id, byteCount: id))
      try stream.finish()
      if id % 50 == 0 { #expect(try place.openDescriptors().count < 200) }
    }
    try sink.commit()
    #expect(try place.names().count == 700)
    for id in 0..<700 { #expect(isSame(try place.contents("core-\(id).img"), pattern(id, byteCount: id))) }
  }

  @Test func aReaderDoesNotDependOnTheOffsetOfItsDescriptor() throws {
    let place = try ScratchDirectory()
    try place.write(pattern(1, byteCount: 10_000), to: "core-1.img")
    let source = DirectorySource(adopting: try place.open(), path: place.path)
    let reader = try #require(try source.open(try name("core-1.img")))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
    defer { buffer.deallocate() }
    #expect(try reader.read(into: buffer) == 100)
    for descriptor in try place.openDescriptors() { #expect(lseek(descriptor, 5_000, SEEK_SET) == 5_000) }
    #expect(try reader.readAll() == Array(pattern(1, byteCount: 10_000)[100...]))
  }

  /// A set in a directory of its own, with pages: `pages` present, `left` in the parent.
  private func writePages(_ sink: DirectorySink, present: [UInt64], left: [UInt64]) throws {
    let pages = try sink.openPages(.task(1))
    for page in (present + left).sorted() {
      let isPresent = present.contains(page)
      try pages.begin(PageRun(address: page << 12, pageCount: 1, flags: isPresent ? .present : .parent))
      if isPresent { try pages.write(pattern(Int(page), byteCount: pageSize).span.bytes) }
    }
    try pages.finish()
    try sink.commit()
  }

  @Test func pagesLeftToTheParentAreFoundThroughTheLink() throws {
    let base = try ScratchDirectory()
    let place = try ScratchDirectory()
    try writePages(try sink(in: base, TestJournal()), present: [1, 2, 3, 7], left: [])
    let child = try sink(in: place, TestJournal())
    try child.linkParent(to: "../\(base.path.split(separator: "/").last!)")
    try writePages(child, present: [2, 9], left: [1, 3, 7])
    let source = DirectorySource(adopting: try place.open(), path: place.path)
    let pages = try #require(try source.openPages(.task(1)))
    var seen: [UInt64] = []
    var buffer = [UInt8](repeating: 0, count: pageSize)
    while let run = try pages.next() {
      for page in 0..<run.pageCount {
        try buffer.withUnsafeMutableBytes { bytes in try pages.read(into: [bytes]) }
        let number = run.address >> 12 + UInt64(page)
        seen.append(number)
        #expect(isSame(buffer, pattern(Int(number), byteCount: pageSize)))
      }
    }
    #expect(seen == [1, 2, 3, 7, 9])
  }

  @Test func theParentLinkIsReplacedAndUndone() throws {
    let place = try ScratchDirectory()
    symlink("/old", "\(place.path)/parent")
    let journal = TestJournal()
    let first = try sink(in: place, journal)
    try first.linkParent(to: "/new")
    #expect(try readLink("\(place.path)/parent") == "/new")
    first.abandon()
    try journal.undo()
    #expect(try place.names() == [])
    let second = try sink(in: place, journal)
    try second.linkParent(to: "../base")
    try second.commit()
    #expect(journal.files == [])
    let source = DirectorySource(adopting: try place.open(), path: place.path)
    #expect(throws: Failure.self) { try source.parent() }
    unlink("\(place.path)/parent")
    #expect(try source.parent() == nil)
  }

  @Test func aCutPagesImageIsDamage() throws {
    let place = try ScratchDirectory()
    try writePages(try sink(in: place, TestJournal()), present: [1, 2, 3], left: [])
    truncate("\(place.path)/pages-1.img", 2 * pageSize + 100)
    let source = DirectorySource(adopting: try place.open(), path: place.path)
    let pages = try #require(try source.openPages(.task(1)))
    _ = try pages.next()
    var buffer = [UInt8](repeating: 0, count: 3 * pageSize)
    let failure = #expect(throws: Failure.self) {
      try buffer.withUnsafeMutableBytes { bytes in try pages.read(into: [bytes]) }
    }
    #expect(failure?.errno == .badMessage)
  }
}
