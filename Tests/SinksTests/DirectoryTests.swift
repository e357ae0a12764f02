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
    #expect(try place.contents("core-1.img") == pattern(second, byteCount: second))
    #expect(journal.files == [])
  }

  @Test(arguments: SinkKind.allCases) func everyFileIsInTheJournalBeforeItIsMade(_ kind: SinkKind) throws {
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

  @Test(arguments: SinkKind.allCases) func theInventoryIsPublishedAfterAllElseIsOnTheDisk(_ kind: SinkKind) throws {
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
    for id in 0..<700 { #expect(try place.contents("core-\(id).img") == pattern(id, byteCount: id)) }
  }

  @Test func aReaderLeavesTheOffsetOfItsDescriptorAlone() throws {
    let place = try ScratchDirectory()
    try place.write(pattern(1, byteCount: 10_000), to: "core-1.img")
    let source = DirectorySource(adopting: try place.open(), path: place.path)
    let reader = try #require(try source.open(try name("core-1.img")))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
    defer { buffer.deallocate() }
    #expect(try reader.read(into: buffer) == 100)
    for descriptor in try place.openDescriptors() { #expect(lseek(descriptor, 0, SEEK_CUR) == 0) }
    #expect(try reader.readAll() == Array(pattern(1, byteCount: 10_000)[100...]))
  }
}
