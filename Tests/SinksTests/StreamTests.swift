import Glibc
import Linux
@testable import Sinks
import Streams
import Testing

/// Streams as sinks and sources: shards that the engine writes itself, and those of a streamer.
enum StreamKind: String, CaseIterable, Sendable {
  case oneShard, threeShards, streamer, streamerOfThree

  var shardCount: Int { self == .oneShard || self == .streamer ? 1 : 3 }
  var hasStreamer: Bool { self == .streamer || self == .streamerOfThree }
}

@Suite struct StreamTests {
  @Test(arguments: SinkKind.streams, [false, true])
  func pagesAreReadBackInAnyOrder(_ kind: SinkKind, _ isReversed: Bool) throws {
    let bench = try SinkBench(kind)
    try PageContract.writePages(bench.sink)
    try bench.stream!.writeInventory()
    try bench.commit()
    let source = try bench.source()
    let ids = PageContract.runs.keys.sorted { $0.pagemapName.description < $1.pagemapName.description }
    for id in isReversed ? ids.reversed() : ids {
      let pages = try #require(try source.openPages(id))
      for run in PageContract.runs[id]! {
        #expect(try pages.next() == run)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: run.byteCount, alignment: 4096)
        defer { bytes.deallocate() }
        let halves = [bytes[..<(run.byteCount / 2)], bytes[(run.byteCount / 2)...]]
        try pages.read(into: halves.map { UnsafeMutableRawBufferPointer(rebasing: $0) })
        #expect(isSame(Array(bytes), PageContract.bytes(of: run, id)))
      }
      #expect(try pages.next() == nil)
    }
    try bench.end(source)
  }

  @Test(arguments: SinkKind.streams, 0...SinkContract.stepCount)
  func withoutCommitNoReaderTakesItForWhole(_ kind: SinkKind, _ steps: Int) throws {
    let sinks = try SinkBench(kind)
    let bench = sinks.stream!
    try SinkContract.writeSet(sinks.sink, until: steps)
    sinks.sink.abandon()
    if kind.stream!.hasStreamer { #expect(throws: Failure.self) { try bench.endCapture() } }
    let reading = try bench.reading()
    #expect(throws: Failure.self) { try reading.source.finish() }
    let failure = #expect(throws: Failure.self) { try reading.end() }
    #expect(failure?.errno == .badMessage)
  }

  @Test(arguments: StreamKind.allCases) func anImageThatWasNotFinishedIsNotCommitted(_ kind: StreamKind) throws {
    let bench = try StreamBench(kind)
    try bench.sink.open(try name("core-1.img")).write([1, 2, 3])
    #expect(throws: Failure.self) { try bench.sink.commit() }
    if kind.hasStreamer { #expect(throws: Failure.self) { try bench.endCapture() } }
  }

  @Test func anEngineThatLeavesBeforeItsInventoryLeavesNoWholeStream() throws {
    let bench = try StreamBench(.streamer)
    let core = try bench.sink.open(try name("core-1.img"))
    try core.write([1, 2, 3])
    try core.finish()
    try bench.sink.commit()
    let failure = #expect(throws: Failure.self) { try bench.endCapture() }
    #expect(failure?.errno == .canceled)
  }

  /// 40 MiB, more than is kept in memory, after the records: what is asked for in order is never kept, and a record that
  /// is not there is known to be absent before the pages are read.
  @Test(arguments: StreamKind.allCases, [false, true])
  func whatComesInOrderIsNotKept(_ kind: StreamKind, _ inventoryFirst: Bool) throws {
    let bench = try StreamBench(kind)
    let run = PageRun(address: 0x40_0000, pageCount: 10_240, flags: .present)
    let bytes = pattern(9, byteCount: run.byteCount)
    if inventoryFirst { try bench.writeInventory() }
    let ghost = try bench.sink.open(try name("ghost-file-1.img"))
    try ghost.write(bytes)
    try ghost.finish()
    let pages = try bench.sink.openPages(.task(1))
    try pages.announce([run])
    try pages.begin(run)
    try pages.write(bytes.span.bytes)
    try pages.finish()
    if !inventoryFirst { try bench.writeInventory() }
    try bench.commit()
    let reading = try bench.reading()
    #expect(try reading.source.open(try name("inventory.img"))?.readAll() == pattern(1, byteCount: 60))
    #expect(try reading.source.open(try name("tty-info.img")) == nil)
    #expect(isSame(try reading.source.open(try name("ghost-file-1.img"))?.readAll() ?? [], bytes))
    let read = try #require(try reading.source.openPages(.task(1)))
    #expect(try read.next() == run)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: run.byteCount, alignment: 4096)
    defer { buffer.deallocate() }
    try read.read(into: [buffer])
    #expect(isSame(Array(buffer), bytes))
    #expect(try read.next() == nil)
    try reading.source.finish()
    try reading.end()
    #expect(reading.usesFile == !inventoryFirst)
  }

  /// Compressed pages of 40 MiB: neither what is asked for nor what it is asked under makes the feeder read ahead.
  @Test func whatIsCompressedIsNotKeptEither() throws {
    let bench = try SinkBench(.zstdOverOneShard)
    try bench.stream!.writeInventory()
    let run = PageRun(address: 0x40_0000, pageCount: 10_240, flags: .present)
    let pages = try bench.sink.openPages(.task(1))
    try pages.announce([run])
    try pages.begin(run)
    try pages.write(pattern(9, byteCount: run.byteCount).span.bytes)
    try pages.finish()
    try bench.commit()
    let reading = try bench.stream!.reading()
    let source = ZstdSource(reading.source)
    let read = try #require(try source.openPages(.task(1)))
    #expect(try read.next() == run)
    #expect(try read.next() == nil)
    try source.finish()
    try reading.end()
    #expect(!reading.usesFile)
  }

  /// Upstream's streamer answers for one name at a time.
  @Test(arguments: ["pages-1.img", "pages-1.img.zst"]) func aStreamerThatKnowsOneNameIsAskedForEach(_ text: String) throws {
    let pair = try makeSocketPair(type: 1)
    let server = TestThread {
      let peer = StreamerPeer(adopting: OwnedFD(adopting: pair.1), name: "the engine")
      while let names = try peer.receiveRequest()?.images {
        guard names[0].description == text else {
          try peer.reply(nil)
          continue
        }
        try peer.reply(0)
        _ = try peer.receivePipe(for: names[0])
      }
    }
    do {
      let source = StreamerSource(StreamerPeer(adopting: OwnedFD(adopting: pair.0), name: "the streamer"))
      let found = try source.open(anyOf: [try name("pages-1.img"), try name("pages-1.img.zst")])
      #expect(found?.name.description == text)
      #expect(try source.open(anyOf: [try name("pages-2.img"), try name("pages-2.img.zst")]) == nil)
    }
    try server.join()
  }

  /// A path that does not fit into the address of a socket.
  @Test func aStreamerInADeepDirectoryIsReached() throws {
    let place = try ScratchDirectory()
    var path = place.path
    for _ in 0..<3 {
      path += "/" + String(repeating: "d", count: 50)
      try FilePath(path).makeDirectory(mode: 0o700, remedy: "Look at the test.")
    }
    let listener = try StreamerPeer.listen(.serve, in: path)
    let server = TestThread { [path] in
      let source = StreamerSource(try StreamerPeer.connect(.serve, in: path))
      _ = try source.open(try name("core-1.img"))
    }
    let peer = try listener.accept()
    #expect(try peer.receiveRequest()?.images.map(\.description) == ["core-1.img"])
    try peer.reply(nil)
    try server.join()
  }

  @Test func aReaderThatDoesNotWantTheRestGetsTheNextImage() throws {
    let bench = try StreamBench(.oneShard)
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    ignoreBrokenPipes()
    let reading = try bench.reading()
    _ = try reading.source.open(try name("pages-1.img"))
    #expect(try reading.source.open(try name("core-2.img"))?.readAll() == SinkContract.expected["core-2.img"])
    try reading.source.finish()
    try reading.end()
  }

  @Test func anImageIsGivenOnce() throws {
    let bench = try StreamBench(.oneShard)
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    let reading = try bench.reading()
    _ = try reading.source.open(try name("core-2.img"))?.readAll()
    #expect(throws: Failure.self) { try reading.source.open(try name("core-2.img")) }
    #expect(throws: Failure.self) { try reading.end() }
  }

  @Test(arguments: [1, 3]) func anExtractedStreamIsADirectory(_ count: Int) throws {
    let bench = try StreamBench(count == 1 ? .oneShard : .threeShards)
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    let place = try ScratchDirectory()
    try extract(bench, into: place)
    #expect(try place.names() == SinkContract.expected.keys.sorted())
    for (text, bytes) in SinkContract.expected { #expect(isSame(try place.contents(text), bytes), "\(text) differs") }
  }

  @Test(arguments: [4, 5_000, 100_000, 399_000]) func aCutExtractionLeavesNothing(_ byteCount: Int) throws {
    let bench = try StreamBench(.oneShard)
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    try bench.shards.place.write(Array(try bench.shards.place.contents("shard-1")[..<byteCount]), to: "shard-1")
    let place = try ScratchDirectory()
    let failure = #expect(throws: Failure.self) { try extract(bench, into: place) }
    #expect(failure?.errno == .badMessage)
    #expect(try place.names() == [])
  }

  private func extract(_ bench: StreamBench, into place: ScratchDirectory) throws(Failure) {
    let journal = TestJournal()
    let sink = DirectorySink(
      adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .pageCache, journal: journal)
    do throws(Failure) {
      try Extraction(ShardReader(try bench.openShards()), into: sink).run()
    } catch {
      sink.abandon()
      try journal.undo()
      throw error
    }
  }
}

/// A stream in files, with the far ends that it needs.
final class StreamBench {
  let shards: ShardBench
  let sink: any ImageSink
  private var capture: TestThread?

  init(_ kind: StreamKind) throws(Failure) {
    shards = try ShardBench(kind.shardCount)
    let writer = try shards.writer()
    guard kind.hasStreamer else {
      sink = try StreamSink(shards: writer.shards)
      return
    }
    ignoreBrokenPipes()
    let pair = try makeSocketPair(type: 1)
    let peer = StreamerPeer(adopting: OwnedFD(adopting: pair.1), name: "the engine")
    capture = TestThread { try Capture(from: peer, to: writer).run {} }
    sink = StreamSink(streamer: StreamerPeer(adopting: OwnedFD(adopting: pair.0), name: "the streamer"))
  }

  func writeInventory() throws(Failure) {
    let inventory = try sink.open(try name("inventory.img"))
    try inventory.write(pattern(1, byteCount: 60))
    try inventory.finish()
  }

  func commit() throws {
    try sink.commit()
    try endCapture()
  }

  func endCapture() throws {
    try capture?.join()
    capture = nil
  }

  func openShards() throws(Failure) -> [Shard] {
    var opened: [Shard] = []
    for shard in (1...shards.count).reversed() { opened.append(try shards.open(shard, .readOnly)) }
    return opened
  }

  func reading() throws(Failure) -> StreamReading { try StreamReading(try openShards()) }
}

/// A source, and the feeder at its other end.
final class StreamReading {
  let source: StreamerSource
  private let socket: BorrowedFD
  private let feeder: ShardFeeder
  private let thread: TestThread

  init(_ shards: [Shard]) throws(Failure) {
    let pair = try makeSocketPair(type: 1)
    let feeder = ShardFeeder(ShardReader(shards), temporaryDirectory: "/tmp")
    let raw = pair.1
    thread = TestThread { try feeder.serve(StreamerPeer(adopting: OwnedFD(adopting: raw), name: "the engine")) }
    self.feeder = feeder
    socket = BorrowedFD(pair.0)
    source = StreamerSource(StreamerPeer(adopting: OwnedFD(adopting: pair.0), name: "the streamer"))
  }

  var usesFile: Bool { feeder.usesFile }

  /// Ends the connection, and throws what the feeder threw.
  func end() throws(Failure) {
    try socket.shutDown(3, "the test")
    do { try thread.join() } catch { throw error as! Failure }
  }
}
