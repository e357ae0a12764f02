import Linux
import Streams
import Testing

/// What the engine may rely on in every sink.
@Suite struct SinkContract {
  /// Writes a set of several images at once, in pieces that interleave: small, large, spliced, empty; the inventory in
  /// the middle. `until` ends it after so many steps.
  static func writeSet(_ sink: any ImageSink, until limit: Int = .max) throws(Failure) {
    var steps = 0
    let goesOn = { () -> Bool in
      steps += 1
      return steps <= limit
    }
    let small = try sink.open(try name("core-1.img"))
    let large = try sink.open(try name("pages-1.img"))
    let mixed = try sink.open(try name("sk-queues.img"))
    let inventory = try sink.open(try name("inventory.img"))
    guard goesOn() else { return }
    try small.write(Array(expected["core-1.img"]![..<10]))
    try large.write(Array(expected["pages-1.img"]![..<100_000]))
    guard goesOn() else { return }
    try inventory.write(expected["inventory.img"]!)
    try inventory.finish()
    guard goesOn() else { return }
    try mixed.write(Array(expected["sk-queues.img"]![..<5_000]))
    try mixed.splice(Array(expected["sk-queues.img"]![5_000..<15_000]))
    guard goesOn() else { return }
    try small.write(Array(expected["core-1.img"]![10...]))
    try small.finish()
    try mixed.write(Array(expected["sk-queues.img"]![15_000...]))
    guard goesOn() else { return }
    try large.splice(Array(expected["pages-1.img"]![100_000..<140_000]))
    try large.write(Array(expected["pages-1.img"]![140_000...]))
    try mixed.finish()
    guard goesOn() else { return }
    try large.finish()
    for id in 2...40 {
      let core = try sink.open(try name("core-\(id).img"))
      try core.write(expected["core-\(id).img"]!)
      try core.finish()
      if id % 8 == 0 { guard goesOn() else { return } }
    }
    let empty = try sink.open(try name("iptables-9.img"))
    try empty.write([])
    try empty.finish()
    guard goesOn() else { return }
  }

  static let stepCount = 12
  static let expected: [String: [UInt8]] = {
    var images = [
      "inventory.img": pattern(1, byteCount: 60), "pages-1.img": pattern(2, byteCount: 300_000),
      "sk-queues.img": pattern(3, byteCount: 90_000), "core-1.img": pattern(4, byteCount: 1_000), "iptables-9.img": [],
    ]
    for id in 2...40 { images["core-\(id).img"] = pattern(id, byteCount: 700 + id) }
    return images
  }()

  @Test(arguments: SinkKind.allCases) func whatIsWrittenIsReadBack(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    let source = try bench.source()
    for (text, bytes) in SinkContract.expected {
      let reader = try #require(try source.open(try name(text)), "\(text) is missing")
      #expect(isSame(try reader.readAll(), bytes), "\(text) differs")
    }
    #expect(try source.open(try name("fifo-data.img")) == nil)
    try bench.end(source)
  }

  @Test(arguments: SinkKind.allCases) func anImageThatWasNeverWrittenIsAbsent(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try bench.sink.open(try name("fifo-data.img")).finish()
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    let source = try bench.source()
    #expect(try source.open(try name("fifo-data.img")) == nil)
    #expect(try source.open(try name("core-1.img"))?.readAll() == SinkContract.expected["core-1.img"])
    try bench.end(source)
  }

  @Test(arguments: SinkKind.places) func anImageThatWasNotFinishedIsAbsent(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try bench.sink.open(try name("small.img")).write(pattern(9, byteCount: 10))
    try bench.sink.open(try name("large.img")).write(pattern(9, byteCount: 1_000_000))
    try SinkContract.writeSet(bench.sink)
    try bench.sink.commit()
    #expect(try bench.source().open(try name("small.img")) == nil)
    #expect(try bench.source().open(try name("large.img")) == nil)
    #expect(try bench.place.names() == bench.expectedNames)
  }

  @Test(arguments: SinkKind.places, 0...SinkContract.stepCount)
  func withoutCommitNothingIsLeft(_ kind: SinkKind, _ steps: Int) throws {
    let bench = try SinkBench(kind)
    try SinkContract.writeSet(bench.sink, until: steps)
    try bench.undo()
    #expect(try bench.place.names() == [])
  }

  @Test(arguments: SinkKind.places) func commitIsWhatMakesASetWhole(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try SinkContract.writeSet(bench.sink)
    #expect(try bench.source().open(try name("inventory.img")) == nil)
    try bench.sink.commit()
    #expect(try bench.source().open(try name("inventory.img")) != nil)
    #expect(bench.journal.files == [])
    try bench.undo()
    #expect(try bench.place.names() == bench.expectedNames)
  }

  @Test(arguments: SinkKind.allCases) func aSetIsCommittedOnce(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    #expect(throws: Failure.self) { try bench.sink.commit() }
    #expect(throws: Failure.self) { try bench.sink.open(try name("core-1.img")) }
  }
}
