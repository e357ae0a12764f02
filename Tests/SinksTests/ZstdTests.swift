import Glibc
import Linux
import Sinks
import Streams
import Testing

/// What only compressed images promise.
@Suite struct ZstdTests {
  /// 4.5 MiB in 5 frames: bytes that do not shrink, and some that do.
  static let memory: [UInt8] =
    pattern(1, byteCount: 2 << 20) + [UInt8](repeating: 7, count: 2 << 20) + pattern(2, byteCount: 1 << 19)
  static let pages = "pages-1.img"
  static let compressed = "pages-1.img.zst"

  private func directorySink(_ place: ScratchDirectory, _ journal: TestJournal = TestJournal()) throws -> DirectorySink {
    DirectorySink(
      adopting: try place.open(), path: place.path, contents: .part, durability: .pageCache, journal: journal)
  }

  private func source(_ place: ScratchDirectory) throws -> ZstdSource {
    ZstdSource(DirectorySource(adopting: try place.open(), path: place.path))
  }

  private func write(_ bytes: [UInt8], to sink: any ImageSink, level: Int = 1) throws {
    let sink = ZstdSink(sink, level: level)
    let stream = try sink.open(try name(ZstdTests.pages))
    try stream.write(bytes)
    try stream.finish()
    try sink.commit()
  }

  private func compressed(_ bytes: [UInt8] = memory, level: Int = 1) throws -> [UInt8] {
    let place = MemoryPlace()
    try write(bytes, to: place, level: level)
    return place.images[try name(ZstdTests.compressed)]!
  }

  private func readAll(_ image: [UInt8]) throws -> [UInt8] {
    let place = MemoryPlace()
    place.images[try name(ZstdTests.compressed)] = image
    return try #require(try ZstdSource(place).open(try name(ZstdTests.pages))).readAll()
  }

  private func expectDamage(_ image: [UInt8], _ what: String, frame: Int? = nil) throws {
    let failure = #expect(throws: Failure.self, "\(what)") { try readAll(image) }
    #expect(failure?.errno == .badMessage, "\(what): \(String(describing: failure))")
    if let frame { #expect(failure?.subject.hasPrefix("\(ZstdTests.compressed), frame \(frame) ") == true, "\(what)") }
  }

  @Test(arguments: [0, 1, 5000, 1 << 20, (1 << 20) + 1, 4_718_592])
  func zstdItselfOpensAnImage(_ byteCount: Int) throws {
    let place = try ScratchDirectory()
    try write(Array(ZstdTests.memory[..<byteCount]), to: try directorySink(place))
    #expect(try place.names() == [ZstdTests.compressed])
    let status = try runProgram("/usr/bin/zstd", ["zstd", "-q", "-d", "\(place.path)/\(ZstdTests.compressed)"])
    #expect(status == .exited(0))
    #expect(isSame(try place.contents(ZstdTests.pages), Array(ZstdTests.memory[..<byteCount])))
  }

  @Test func aPipeCarriesACompressedSet() throws {
    let place = MemoryPlace()
    let sink = ZstdSink(place, level: 1)
    let ids = PageContract.runs.keys.sorted { $0.pagemapName.description < $1.pagemapName.description }
    try PageContract.writePages(sink)
    try sink.commit()
    #expect(place.isCommitted)
    #expect(Set(place.images.keys.map(\.description)).isSuperset(of: ["pages-3.img.zst", "pagemap-1.img"]))
    let source = ZstdSource(place)
    for id in ids {
      let pages = try #require(try source.openPages(id))
      for run in PageContract.runs[id]! {
        #expect(try pages.next() == run)
        var bytes = [UInt8](repeating: 0, count: run.byteCount)
        try bytes.withUnsafeMutableBytes { bytes in try pages.read(into: [bytes]) }
        #expect(isSame(bytes, PageContract.bytes(of: run, id)))
      }
      #expect(try pages.next() == nil)
    }
  }

  @Test func framesOfSeveralImagesAtOnceStayApart() throws {
    let place = MemoryPlace()
    let sink = ZstdSink(place, level: 1)
    let streams = try (1...5).map { try sink.open(try name("pages-\($0).img")) }
    for piece in 0..<30 {
      for (index, stream) in streams.enumerated() { try stream.write(pattern(piece * 10 + index, byteCount: 200_000)) }
    }
    for stream in streams { try stream.finish() }
    try sink.commit()
    for index in 0..<5 {
      let expected = (0..<30).flatMap { pattern($0 * 10 + index, byteCount: 200_000) }
      let reader = try #require(try ZstdSource(place).open(try name("pages-\(index + 1).img")))
      #expect(isSame(try reader.readAll(), expected))
    }
  }

  @Test func skipsAndReadsOfAnyLengthMeet() throws {
    let place = try ScratchDirectory()
    try write(ZstdTests.memory, to: try directorySink(place))
    var random = SystemRandomNumberGenerator()
    for source in [try source(place) as any ImageSource, ZstdSource(try inMemory(place))] {
      for _ in 0..<20 {
        let reader = try #require(try source.open(try name(ZstdTests.pages)))
        var offset = 0
        while offset < ZstdTests.memory.count {
          let skipped = try reader.skip(byteCount: Int.random(in: 0...3_000_000, using: &random))
          offset += skipped
          var buffer = [UInt8](repeating: 0, count: Int.random(in: 1...1_500_000, using: &random))
          let count = try buffer.withUnsafeMutableBytes { bytes in try reader.readFully(into: [bytes]) }
          #expect(count == min(buffer.count, ZstdTests.memory.count - offset))
          #expect(isSame(Array(buffer[..<count]), Array(ZstdTests.memory[offset..<offset + count])))
          offset += count
        }
        #expect(try reader.skip(byteCount: 1) == 0)
      }
    }
  }

  private func inMemory(_ place: ScratchDirectory) throws -> MemoryPlace {
    let memory = MemoryPlace()
    memory.images[try name(ZstdTests.compressed)] = try place.contents(ZstdTests.compressed)
    return memory
  }

  /// So lazy pages and parents read what they need: the first frame is damaged, and not looked at.
  @Test func whatIsSkippedByTheSeekTableIsNotRead() throws {
    let place = try ScratchDirectory()
    var image = try compressed()
    image[100_000] ^= 1
    try place.write(image, to: ZstdTests.compressed)
    let reader = try #require(try source(place).open(try name(ZstdTests.pages)))
    #expect(try reader.skip(byteCount: 3 << 20) == 3 << 20)
    #expect(isSame(try reader.readAll(), Array(ZstdTests.memory[(3 << 20)...])))
  }

  @Test func aDamagedFrameIsNamed() throws {
    let image = try compressed()
    #expect(isSame(try readAll(image), ZstdTests.memory))
    for (offset, frame) in [(20, 1), (500_000, 1), (1_500_000, 2), (2_097_152 + 90, 3)] {
      var damaged = image
      damaged[offset] ^= 0x10
      try expectDamage(damaged, "byte \(offset)", frame: frame)
    }
  }

  @Test func twoFramesThatChangePlacesAreDamage() throws {
    let frames = try compressed(pattern(1, byteCount: 2 << 20))
    let frameByteCount = (frames.count - 8 - 2 * 12 - 9) / 2
    let swapped = frames[frameByteCount..<2 * frameByteCount] + frames[..<frameByteCount] + frames[(2 * frameByteCount)...]
    try expectDamage(Array(swapped), "frames swapped")
  }

  @Test func aCutImageIsDamage() throws {
    let image = try compressed()
    for byteCount in [0, 1, 7, 100, 1_000_000, 1_048_700, image.count - 78, image.count - 77, image.count - 20] {
      try expectDamage(Array(image[..<byteCount]), "cut at \(byteCount)")
    }
    for byteCount in image.count - 40..<image.count { try expectDamage(Array(image[..<byteCount]), "cut at \(byteCount)") }
    try expectDamage(image + [0], "one byte more")
  }

  @Test func aDamagedSeekTableIsDamage() throws {
    let image = try compressed()
    let start = image.count - 8 - 5 * 12 - 9
    for offset in start..<image.count {
      var damaged = image
      damaged[offset] ^= 0x40
      try expectDamage(damaged, "byte \(offset - start) of the table")
      let place = try ScratchDirectory()
      try place.write(damaged, to: ZstdTests.compressed)
      let reader = try #require(try source(place).open(try name(ZstdTests.pages)))
      // The checksum of a frame that is passed over matters to nobody.
      do throws(Failure) {
        _ = try reader.skip(byteCount: 2 << 20)
        #expect(isSame(try reader.readAll(), Array(ZstdTests.memory[(2 << 20)...])), "byte \(offset - start) of the table")
      } catch { #expect(error.errno == .badMessage) }
    }
  }

  @Test(arguments: [1, 3, 5, 19]) func bytesThatDoNotShrinkHardlyGrow(_ level: Int) throws {
    let bytes = pattern(1, byteCount: 3 << 20)
    let image = try compressed(bytes, level: level)
    #expect(image.count < bytes.count + 600)
    #expect(isSame(try readAll(image), bytes))
    #expect(try compressed([UInt8](repeating: 1, count: 3 << 20), level: level).count < 2_000)
  }

  @Test func aPlainImageOfAnOlderSetGoes() throws {
    let place = try ScratchDirectory()
    try place.write([1, 2, 3], to: ZstdTests.pages)
    try write(ZstdTests.memory, to: try directorySink(place))
    #expect(try place.names() == [ZstdTests.compressed])
  }

  @Test func aPlainImageGoesBeforeACompressedOne() throws {
    let place = try ScratchDirectory()
    try write(ZstdTests.memory, to: try directorySink(place))
    try place.write([1, 2, 3], to: ZstdTests.pages)
    #expect(try source(place).open(try name(ZstdTests.pages))?.readAll() == [1, 2, 3])
  }

  @Test func aStreamThatIsDroppedLeavesNothing() throws {
    let place = try ScratchDirectory()
    let journal = TestJournal()
    let sink = ZstdSink(try directorySink(place, journal), level: 1)
    do {
      let stream = try sink.open(try name("pages-2.img"))
      for seed in 0..<8 { try stream.write(pattern(seed, byteCount: 1 << 20)) }
    }
    let stream = try sink.open(try name(ZstdTests.pages))
    try stream.write(ZstdTests.memory)
    try stream.finish()
    try sink.commit()
    #expect(try place.names() == [ZstdTests.compressed])
    #expect(journal.files == [])
  }

  /// In a process of its own, where nobody else begins threads.
  @Test func threadsEndWithTheSet() async {
    await #expect(processExitsWith: .success) {
      for commits in [true, false] {
        let before = try entries(of: "/proc/self/task").count
        let sink = ZstdSink(MemoryPlace(), level: 1)
        let stream = try sink.open(try name(ZstdTests.pages))
        try stream.write(ZstdTests.memory)
        #expect(try entries(of: "/proc/self/task").count > before)
        if commits {
          try stream.finish()
          try sink.commit()
        } else {
          sink.abandon()
        }
        #expect(try entries(of: "/proc/self/task").count == before)
      }
    }
  }
}
