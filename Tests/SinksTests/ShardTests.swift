import Glibc
import Linux
@testable import Sinks
import Streams
import Testing

/// The format of shards, and what its reader refuses.
@Suite struct ShardTests {
  /// The example of the format's description, byte by byte.
  @Test func aSmallImageHasTheseBytes() throws {
    let bench = try ShardBench(1)
    let writer = try bench.writer()
    let image = try name("file.img")
    try writer.write(image, [1, 2, 3, 4, 5])
    try writer.end(image)
    try writer.endSet()
    let expected: [UInt8] =
      [10, 0, 0, 0, 0x12, 8] + Array("file.img".utf8) + [4, 0, 0, 0, 8, 1, 0x18, 5, 1, 2, 3, 4, 5]
      + [4, 0, 0, 0, 8, 2, 0x20, 1] + [4, 0, 0, 0, 8, 3, 0x28, 1]
    #expect(try bench.place.contents("shard-1") == expected)
  }

  @Test func aMarkerIsReadBackWithFieldsThatAreNotKnown() throws {
    var marker = ShardMarker(sequence: 1 << 40, body: .image(try name("pages-1.img")))
    marker.onlyBulkFollows = true
    marker.checksum = .max - 1
    let bytes = Array(marker.encoded().dropFirst(4))
    #expect(try ShardMarker(decoding: bytes) == marker)
    // 9 as a number, 10 as bytes, 11 and 12 in four and eight bytes.
    let unknown: [UInt8] = [0x48, 0x80, 1, 0x52, 2, 7, 7, 0x5d, 1, 2, 3, 4, 0x61, 1, 2, 3, 4, 5, 6, 7, 8]
    #expect(try ShardMarker(decoding: unknown + bytes) == marker)
  }

  @Test(arguments: [
    [], [8, 1], [0x12, 4, 0x2e, 0x2e, 0x2f, 0x78], [0x12, 1, 0x2f], [0x12, 2, 0x2e, 0x2e], [0x12, 9, 0x61],
    [0x12, 1, 0xff], [0x20, 0], [0x28, 0], [0x18, 0x80, 0x80, 0x80, 0x80, 0x20], [0x18], [0x80], [0x23],
    [8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
  ] as [[UInt8]])
  func aWrongMarkerIsRefused(_ bytes: [UInt8]) {
    #expect(throws: ShardMarker.Damage.self) { try ShardMarker(decoding: bytes) }
  }

  @Test(arguments: [1, 2, 3, 7]) func imagesInAnyNumberOfShardsAreReadBack(_ count: Int) throws {
    let bench = try ShardBench(count)
    try bench.writeSample()
    for turn in 0..<count {
      #expect(try bench.read(order: (0..<count).map { ($0 + turn) % count }) == ShardBench.sample)
    }
  }

  @Test func piecesGoToEveryShardOfPipes() throws {
    let bench = try ShardBench(3)
    try bench.writeThroughPipes()
    for shard in 1...3 { #expect(try bench.place.contents("shard-\(shard)").count > 100_000) }
    #expect(try bench.read() == ShardBench.sample)
  }

  @Test(arguments: 0..<3) func aMissingShardIsNoticed(_ missing: Int) throws {
    let bench = try ShardBench(3)
    try bench.writeSample()
    let failure = #expect(throws: Failure.self) { try bench.read(order: [0, 1, 2].filter { $0 != missing }) }
    #expect(failure?.errno == .badMessage)
    #expect(failure?.subject.hasPrefix("shard ") == true)
  }

  @Test(arguments: 1...3) func aShardThatWasCutIsNoticedWhereverItWasCut(_ shard: Int) throws {
    let bench = try ShardBench(3)
    try bench.writeSample()
    let bytes = try bench.place.contents("shard-\(shard)")
    for count in [0, 1, 3, 4, 6, 11, bytes.count / 2, bytes.count - 9, bytes.count - 1] where count < bytes.count {
      try bench.place.write(Array(bytes[..<count]), to: "shard-\(shard)")
      let failure = #expect(throws: Failure.self) { try bench.read() }
      #expect(failure?.errno == .badMessage)
    }
  }

  @Test func bytesAfterTheEndAreNoticed() throws {
    let bench = try ShardBench(2)
    try bench.writeSample()
    let bytes = try bench.place.contents("shard-2")
    try bench.place.write(bytes + [0], to: "shard-2")
    #expect(throws: Failure.self) { try bench.read() }
  }

  @Test func aShardThatIsGivenTwiceIsNoticed() throws {
    let bench = try ShardBench(2)
    try bench.writeSample()
    #expect(throws: Failure.self) { try bench.read(order: [0, 1, 1]) }
  }

  @Test(arguments: ["read", "skip", "move"]) func aChangedByteOfAnImageIsNoticedHoweverItIsTaken(_ how: String) throws {
    let bench = try ShardBench(1)
    let writer = try bench.writer()
    let image = try name("files.img")
    try writer.write(image, pattern(1, byteCount: 20_000))
    let pipe = try fullPipe(pattern(2, byteCount: 20_000))
    try writer.splice(image, from: pipe.borrowed(), byteCount: 20_000)
    try writer.end(image)
    try writer.endSet()
    func take() throws(Failure) {
      let reader = ShardReader([try bench.open(1, .readOnly)])
      let sink = MemoryPlace()
      let stream: any ImageStream = try sink.open(image)
      while true {
        switch try reader.next() {
        case .data:
          if how == "read" { _ = try reader.read() }
          if how == "move" { try reader.move(to: stream) }
        case .setEnded: return
        default: break
        }
      }
    }
    try take()
    for at in [5_000, 35_000] {
      var bytes = try bench.place.contents("shard-1")
      bytes[at] ^= 4
      try bench.place.write(bytes, to: "shard-1")
      let failure = #expect(throws: Failure.self) { try take() }
      #expect(failure?.errno == .badMessage)
      #expect(failure?.subject.contains("the checksum of files.img") == true)
      bytes[at] ^= 4
      try bench.place.write(bytes, to: "shard-1")
    }
  }

  /// Each changes some bytes. What is read after that may be damage, or the payload of an image; never a crash, never
  /// without an end.
  @Test(arguments: 0..<300) func aDamagedStreamIsAnErrorOrOtherBytes(_ seed: Int) throws {
    let bench = try ShardBench(2)
    try bench.writeSmallSample()
    var shards = try [bench.place.contents("shard-1"), bench.place.contents("shard-2")]
    let random = pattern(seed + 7, byteCount: 64)
    for change in 0..<(1 + seed % 3) {
      let shard = Int(random[change]) % 2
      guard !shards[shard].isEmpty else { continue }
      let at = (Int(random[8 + change]) << 8 | Int(random[16 + change])) % shards[shard].count
      switch seed % 4 {
      case 0: shards[shard][at] ^= 1 << (random[24 + change] % 8)
      case 1: shards[shard][at] = random[32 + change]
      case 2: shards[shard].remove(at: at)
      default: shards[shard].insert(random[40 + change], at: at)
      }
    }
    for (index, bytes) in shards.enumerated() { try bench.place.write(bytes, to: "shard-\(index + 1)") }
    do throws(Failure) {
      let read = try bench.read()
      #expect(seed % 4 < 2, "bytes came or went unnoticed: \(read.keys)")
      // A name may be another one; what is under a name of ours is what was written.
      for index in 1...6 {
        if let bytes = read["core-\(index).img"] { #expect(bytes == pattern(index, byteCount: 20)) }
      }
    } catch {
      #expect(error.errno == .badMessage)
      #expect(error.subject.contains("byte"))
    }
  }

  @Test func aReaderThatDiesIsAnErrorOfItsShard() throws {
    ignoreBrokenPipes()
    let ends = try makePipe()
    let writer = try ShardWriter([try Shard(adopting: OwnedFD(adopting: ends.write), number: 9, position: 1)])
    close(ends.read)
    let failure = #expect(throws: Failure.self) { try writer.write(try name("core-1.img"), [1]) }
    #expect(failure?.errno == .brokenPipe)
    #expect(failure?.subject.contains("descriptor 9") == true)
  }

  @Test(arguments: [1, 3]) func shardsWithoutAByteAreToldApartFromDamage(_ count: Int) throws {
    let bench = try ShardBench(count)
    var shards: [Shard] = []
    for shard in 1...count { shards.append(try bench.open(shard, [.readWrite, .create])) }
    let failure = #expect(throws: Failure.self) { try ShardReader(shards).next() }
    #expect(failure?.subject.hasSuffix("shard \(count) (descriptor \(100 + count)): not a byte came") == true)
  }
}

@Suite struct UserDescriptorTests {
  @Test func whatCannotBeUsedIsRefusedAndLeftAlone() throws {
    let ends = try makePipe()
    let read = OwnedFD(adopting: ends.read)
    let write = OwnedFD(adopting: ends.write)
    let terminal = OwnedFD(adopting: CInt(File.open("/dev/ptmx", [.readWrite, OpenFlags(rawValue: O_NOCTTY)])))
    for (number, purpose, what, errno) in [
      (ends.read, DescriptorPurpose.writing, "not open for writing", Errno.badDescriptor),
      (ends.write, .reading, "not open for reading", .badDescriptor), (31_000, .reading, "not open", .badDescriptor),
      (terminal.borrowed().raw, .writing, "a terminal", .invalid),
    ] {
      let failure = #expect(throws: Failure.self) { _ = try takeDescriptor(number, as: "shard 1", for: purpose).release() }
      #expect(failure?.errno == errno)
      #expect(failure?.subject == "shard 1 (descriptor \(number)), which is \(what)")
      // Progress may be drawn on a terminal.
      let checked = Result { () throws(Failure) in try checkDescriptor(number, as: "--progress-fd", for: purpose) }
      if what == "a terminal" { #expect(throws: Never.self) { try checked.get() } } else {
        #expect(throws: Failure.self) { try checked.get() }
      }
    }
    _ = try read.borrowed().flags("the pipe")
    _ = try write.borrowed().flags("the pipe")
  }

  /// Its far end sees when we are done with it.
  @Test(.timeLimit(.minutes(1))) func whatIsTakenIsOursAlone() throws {
    let ends = try makePipe()
    let read = OwnedFD(adopting: ends.read)
    do {
      let taken = try takeDescriptor(ends.write, as: "shard 1", for: .writing)
      #expect(taken.borrowed().raw >= 10)
      let bytes: [UInt8] = [7]
      try taken.borrowed().write(bytes.span.bytes, "the pipe")
    }
    #expect(try readToEnd(read.borrowed()) == [7])
  }
}

/// Shards in files, and what goes into them.
struct ShardBench {
  let place: ScratchDirectory
  let count: Int

  init(_ count: Int) throws(Failure) {
    place = try ScratchDirectory()
    self.count = count
  }

  static let sample: [String: [UInt8]] = [
    "core-1.img": pattern(1, byteCount: 1_000), "pages-1.img": pattern(2, byteCount: 3_000_000), "empty.img": [],
    "files.img": pattern(3, byteCount: 200_000),
  ]

  func open(_ shard: Int, _ flags: OpenFlags) throws(Failure) -> Shard {
    let path = "\(place.path)/shard-\(shard)"
    let file = try check("open the shard", path, remedy: "Look at the test.") { File.open(path, flags, mode: 0o600) }
    return try Shard(adopting: OwnedFD(adopting: CInt(file)), number: CInt(100 + shard), position: shard)
  }

  func writer() throws(Failure) -> ShardWriter {
    var shards: [Shard] = []
    for shard in 1...count { shards.append(try open(shard, [.writeOnly, .create, .truncate])) }
    return try ShardWriter(shards)
  }

  func writeSample() throws(Failure) { try ShardBench.write(to: try writer()) }

  /// Pieces that interleave.
  private static func write(to writer: ShardWriter) throws(Failure) {
    let (core, pages, empty, files) = (
      try name("core-1.img"), try name("pages-1.img"), try name("empty.img"), try name("files.img")
    )
    try writer.write(files, Array(sample["files.img"]![..<70_000]))
    try writer.write(pages, Array(sample["pages-1.img"]![..<500_000]))
    try writer.begin(empty)
    try writer.end(empty)
    try writer.write(core, sample["core-1.img"]!)
    try writer.end(core)
    let pipe = try fullPipe(Array(sample["pages-1.img"]![500_000..<540_000]))
    try writer.splice(pages, from: pipe.borrowed(), byteCount: 40_000)
    try writer.write(files, Array(sample["files.img"]![70_000...]))
    try writer.end(files)
    try writer.write(pages, Array(sample["pages-1.img"]![540_000...]))
    try writer.end(pages)
    try writer.endSet()
  }

  func writeSmallSample() throws(Failure) {
    let writer = try writer()
    for index in 1...6 {
      let image = try name("core-\(index).img")
      try writer.write(image, pattern(index, byteCount: 20))
      try writer.end(image)
    }
    try writer.endSet()
  }

  /// Through a pipe a shard, which a thread empties into the shard's file.
  func writeThroughPipes() throws {
    var shards: [Shard] = []
    var threads: [TestThread] = []
    for shard in 1...count {
      let ends = try makePipe()
      shards.append(try Shard(adopting: OwnedFD(adopting: ends.write), number: ends.write, position: shard))
      let place = place
      threads.append(
        TestThread {
          let reading = OwnedFD(adopting: ends.read)
          try place.write(try readToEnd(reading.borrowed()), to: "shard-\(shard)")
        })
    }
    do {
      let writer = try ShardWriter(consume shards)
      try ShardBench.write(to: writer)
    }
    for thread in threads { try thread.join() }
  }

  /// All images.
  func read(order: [Int]? = nil) throws(Failure) -> [String: [UInt8]] {
    var shards: [Shard] = []
    for index in order ?? Array(0..<count) { shards.append(try open(index + 1, .readOnly)) }
    let reader = ShardReader(shards)
    var images: [String: [UInt8]] = [:]
    while true {
      switch try reader.next() {
      case .began(let name): images[name.description] = []
      case .data(let name, _): images[name.description]! += try reader.read()
      case .ended: break
      case .setEnded:
        try reader.finish()
        return images
      }
    }
  }
}

extension ShardWriter {
  func write(_ image: ImageName, _ bytes: [UInt8]) throws(Failure) {
    try bytes.span.bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Failure) in try write(image, bytes) }
  }
}

func readToEnd(_ descriptor: BorrowedFD) throws(Failure) -> [UInt8] {
  var bytes: [UInt8] = []
  while true {
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    let count = try descriptor.read(into: &piece, "the test")
    if count == 0 { return bytes }
    bytes += piece[..<count]
  }
}

/// A far end that a test needs at the same time.
final class TestThread: @unchecked Sendable {
  private var thread = pthread_t()
  private let body: () throws -> Void
  private var error: (any Error)?

  init(_ body: @escaping () throws -> Void) {
    self.body = body
    let argument = Unmanaged.passRetained(self).toOpaque()
    pthread_create(&thread, nil, { argument in
      let thread = Unmanaged<TestThread>.fromOpaque(argument!).takeRetainedValue()
      do { try thread.body() } catch { thread.error = error }
      return nil
    }, argument)
  }

  /// Waits for its end, and throws what it threw.
  func join() throws {
    pthread_join(thread, nil)
    if let error { throw error }
  }
}
