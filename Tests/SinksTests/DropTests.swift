import Linux
import Sinks
import Streams
import Testing

/// Pages that nobody will read again are given back to the file system.
@Suite struct DropTests {
  private static let memory = pattern(3, byteCount: (4 << 20) + 5000)
  private static let pages = "pages-1.img"
  private static let frame = 1 << 20

  private func set(_ place: ScratchDirectory, compressed: Bool) throws -> ZstdSource {
    let directory = DirectorySink(
      adopting: try place.open(), path: place.path, contents: .part, durability: .pageCache, journal: TestJournal())
    let sink: any ImageSink = compressed ? ZstdSink(directory, level: 1) : directory
    let stream = try sink.open(try name(DropTests.pages))
    try stream.write(DropTests.memory)
    try stream.finish()
    try sink.commit()
    return ZstdSource(DirectorySource(adopting: try place.open(), path: place.path))
  }

  private func status(_ place: ScratchDirectory, compressed: Bool) throws -> FileStatus {
    try #require(try FilePath("\(place.path)/\(DropTests.pages)\(compressed ? ".zst" : "")").status())
  }

  private func bytes(_ source: ZstdSource, after skips: [Int], byteCount: Int) throws -> [UInt8] {
    let reader = try #require(try source.open(try name(DropTests.pages)))
    for skip in skips { #expect(try reader.skip(byteCount: skip) == skip) }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let count = try bytes.withUnsafeMutableBytes { bytes in try reader.readFully(into: [bytes]) }
    return Array(bytes[..<count])
  }

  @Test func aPlainImageKeepsItsSizeAndWhatIsLeft() throws {
    let place = try ScratchDirectory()
    let source = try set(place, compressed: false)
    let before = try status(place, compressed: false)
    #expect(try source.drop([4096..<12288, 1 << 20..<3 << 20], of: try name(DropTests.pages)) == 8192 + (2 << 20))
    let after = try status(place, compressed: false)
    #expect(after.byteCount == before.byteCount)
    #expect(before.allocatedByteCount - after.allocatedByteCount >= 2 << 20)
    #expect(try bytes(source, after: [4096], byteCount: 8192) == [UInt8](repeating: 0, count: 8192))
    #expect(isSame(try bytes(source, after: [12288], byteCount: 9000), Array(DropTests.memory[12288..<21288])))
  }

  @Test func aCompressedImageLosesWholeFramesAndReadsOnBehindThem() throws {
    let place = try ScratchDirectory()
    let source = try set(place, compressed: true)
    let before = try status(place, compressed: true)
    let frame = DropTests.frame
    // The first two whole, of the third all but its last page, of the fifth its end.
    let ranges = [0..<(3 * frame - 4096), (4 * frame + 4096)..<(4 * frame + 5000)]
    let given = try source.drop(ranges, of: try name(DropTests.pages))
    #expect(given > frame && given < 2 * frame + 4096)
    let after = try status(place, compressed: true)
    #expect(after.byteCount == before.byteCount)
    #expect(before.allocatedByteCount > after.allocatedByteCount)

    for skips in [[3 * frame - 4096], [4096, frame, frame + 4096, frame - 12288], [Int](repeating: 4096, count: 767)] {
      let rest = try bytes(source, after: skips, byteCount: 2 * frame)
      #expect(isSame(rest, Array(DropTests.memory[(3 * frame - 4096)...])), "skipped \(skips.prefix(4))")
    }
    for skips in [[], [4096], [frame], [2 * frame - 4096]] {
      let failure = #expect(throws: Failure.self) { try bytes(source, after: skips, byteCount: 4096) }
      #expect(failure?.subject.contains("hole") == true, "\(String(describing: failure))")
    }
  }

  /// What was dropped earlier and what is dropped now make a frame useless together.
  @Test func aFrameGoesWhenTheLastOfItGoes() throws {
    let place = try ScratchDirectory()
    let source = try set(place, compressed: true)
    #expect(try source.drop([0..<500_000], of: try name(DropTests.pages)) == 0)
    #expect(try source.drop([0..<DropTests.frame], of: try name(DropTests.pages)) > 0)
  }

  @Test func aStreamGivesNothingUp() throws {
    let failure = #expect(throws: Failure.self) { try MemoryPlace().drop([0..<1], of: try name(DropTests.pages)) }
    #expect(failure?.errno == .notSupported)
  }
}
