import Glibc
import Linux
@testable import Sinks
import Streams
import Testing

@Suite struct IntegrityTests {
  static let pages = pattern(1, byteCount: 1_500_000)

  /// A committed set with records, spliced bytes and compressed pages.
  private func writeSet(in place: ScratchDirectory) throws {
    let directory = DirectorySink(
      adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .pageCache, journal: TestJournal())
    let sink = IntegritySink(ZstdSink(directory, level: 1))
    for id in 1...3 {
      let core = try sink.open(try name("core-\(id).img"))
      try core.write(pattern(id, byteCount: 500 * id))
      try core.finish()
    }
    let queues = try sink.open(try name("sk-queues.img"))
    try queues.write(pattern(7, byteCount: 10))
    try queues.splice(pattern(8, byteCount: 5_000))
    try queues.finish()
    let pages = try sink.open(try name("pages-1.img"))
    try pages.write(IntegrityTests.pages)
    try pages.finish()
    try sink.open(try name("fifo-data.img")).finish()
    let inventory = try sink.open(try name("inventory.img"))
    try inventory.write(pattern(9, byteCount: 60))
    try inventory.finish()
    try sink.commit()
  }

  private func source(_ place: ScratchDirectory) throws -> ZstdSource {
    ZstdSource(DirectorySource(adopting: try place.open(), path: place.path))
  }

  private func verify(_ place: ScratchDirectory) throws {
    let source = try source(place)
    let manifest = try #require(try Manifest.read(from: source))
    try manifest.verify(source)
  }

  /// The same sum by libzstd, in its frames.
  @Test(arguments: [1, 3, 4, 7, 8, 31, 32, 33, 63, 64, 1_000, 100_003])
  func theChecksumIsTheOneOfZstd(_ byteCount: Int) throws {
    let bytes = pattern(byteCount, byteCount: byteCount)
    let memory = MemoryPlace()
    let sink = ZstdSink(memory, level: 1)
    let stream = try sink.open(try name("pages-1.img"))
    try stream.write(bytes)
    try stream.finish()
    try sink.commit()
    let table = try memory.images[try name("pages-1.img.zst")]!.suffix(29).withUnsafeBytes { bytes in
      try #require(SeekTable.decode(bytes))
    }
    for pieceByteCount in [1, 7, 32, 50, byteCount] {
      var hash = XXHash64()
      for start in stride(from: 0, to: byteCount, by: pieceByteCount) {
        bytes[start..<min(start + pieceByteCount, byteCount)].withUnsafeBytes { hash.update($0) }
      }
      #expect(UInt32(truncatingIfNeeded: hash.value) == table.frames[0].checksum)
    }
  }

  @Test func theChecksumOfNothingIsTheOneOfTheSpecification() { #expect(XXHash64().value == 0xef46_db37_51d8_e999) }

  @Test func aSetListsWhatItConsistsOf() throws {
    let place = try ScratchDirectory()
    try writeSet(in: place)
    try verify(place)
    let text = String(decoding: try place.contents("manifest"), as: UTF8.self)
    #expect(text.contains("\n- 1500000 pages-1.img\n"))
    #expect(text.contains(" 5010 sk-queues.img\n"))
    #expect(!text.contains("fifo-data"))
  }

  @Test(arguments: ["core-2.img", "sk-queues.img", "inventory.img", "manifest"])
  func everyChangeOfAPlainImageIsFound(_ file: String) throws {
    let place = try ScratchDirectory()
    try writeSet(in: place)
    let bytes = try place.contents(file)
    for offset in stride(from: 0, to: bytes.count, by: 41) {
      var changed = bytes
      changed[offset] ^= 1
      try place.write(changed, to: file)
      let failure = #expect(throws: Failure.self, "byte \(offset)") { try verify(place) }
      #expect(failure?.errno == .badMessage)
      #expect(failure?.subject.hasPrefix(file) == true)
    }
    try place.write(Array(bytes.dropLast()), to: file)
    #expect(throws: Failure.self, "cut") { try verify(place) }
    try place.write(bytes, to: file)
    try verify(place)
  }

  @Test(arguments: ["core-1.img", "pages-1.img.zst"]) func aMissingImageIsFound(_ file: String) throws {
    let place = try ScratchDirectory()
    try writeSet(in: place)
    unlink("\(place.path)/\(file)")
    let failure = #expect(throws: Failure.self) { try verify(place) }
    #expect(failure?.errno == .noEntry)
  }

  @Test func aPlainSetOverACompressedOneHasNoManifest() throws {
    let place = try ScratchDirectory()
    try writeSet(in: place)
    let sink = DirectorySink(
      adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .pageCache, journal: TestJournal())
    for file in ["pages-1.img", "inventory.img"] {
      let stream = try sink.open(try name(file))
      try stream.write(pattern(5, byteCount: 100))
      try stream.finish()
    }
    try sink.commit()
    #expect(try Manifest.read(from: try source(place)) == nil)
    #expect(try source(place).open(try name("pages-1.img"))?.readAll() == pattern(5, byteCount: 100))
  }

  /// Another program knows nothing of our list, and leaves it with the compressed images.
  @Test func aPlainSetOfAnotherProgramOverACompressedOneIsNotDamage() throws {
    let place = try ScratchDirectory()
    try writeSet(in: place)
    try place.write(pattern(5, byteCount: 4096), to: "pages-1.img")
    #expect(try Manifest.check(try source(place)) == .verified)  // unpacked, and the compressed one not yet gone
    try place.write(pattern(6, byteCount: 70), to: "inventory.img")
    try place.write(pattern(6, byteCount: 500), to: "core-1.img")
    #expect(try Manifest.check(try source(place)) == .stale)
    let failure = #expect(throws: Failure.self) { try Unpacking.unpack(place.path, journal: TestJournal()) }
    #expect(failure?.subject.contains("older set") == true)
    #expect(try place.names().contains("pages-1.img.zst"))
    unlink("\(place.path)/pages-1.img")
    #expect(throws: Failure.self) { try Manifest.check(try source(place)) }
  }

  @Test func unpackingLeavesAPlainSet() throws {
    let place = try ScratchDirectory()
    try writeSet(in: place)
    let compressedByteCount = try place.contents("pages-1.img.zst").count
    let journal = TestJournal()
    let unpacking = try Unpacking.unpack(place.path, journal: journal)
    #expect(unpacking.imageCount == 1)
    #expect(unpacking.byteCount == IntegrityTests.pages.count)
    #expect(unpacking.compressedByteCount == compressedByteCount)
    #expect(
      try place.names()
        == ["core-1.img", "core-2.img", "core-3.img", "inventory.img", "pages-1.img", "sk-queues.img"])
    #expect(isSame(try place.contents("pages-1.img"), IntegrityTests.pages))
    #expect(journal.files == [])
    #expect(try Unpacking.unpack(place.path, journal: journal).imageCount == 0)
  }

  @Test func aDamagedImageIsNotUnpacked() throws {
    let place = try ScratchDirectory()
    try writeSet(in: place)
    var bytes = try place.contents("pages-1.img.zst")
    bytes[1_200_000] ^= 1
    try place.write(bytes, to: "pages-1.img.zst")
    let before = try place.names()
    let journal = TestJournal()
    let failure = #expect(throws: Failure.self) { try Unpacking.unpack(place.path, journal: journal) }
    #expect(failure?.subject.hasPrefix("pages-1.img.zst, frame 2 ") == true)
    try journal.undo()
    #expect(try place.names() == before)
  }
}
