import Images
import Linux
@testable import Sinks
import Streams
import Testing

/// Streams that are read to be checked, not restored.
@Suite struct SurveyTests {
  static let pagesByteCount = 300 * pageSize
  static let rules = pattern(3, byteCount: 20_000)

  /// An inventory that decodes, a raw image in two pieces, and pages with their list.
  private func writeSet(_ bench: SinkBench, listed pageCount: Int = 300) throws {
    let inventory = try bench.sink.recordWriter(.inventory)
    try inventory.write(InventoryEntry { $0.imgVersion = 2 })
    try inventory.finish()
    let rules = try bench.sink.open(try name("iptables-9.img"))
    let empty = try bench.sink.open(try name("ip6tables-9.img"))
    try rules.write(Array(SurveyTests.rules[..<10_000]))
    try empty.write([])
    try rules.write(Array(SurveyTests.rules[10_000...]))
    try rules.finish()
    try empty.finish()
    let list = try bench.sink.recordWriter(.pagemap, 7)
    try list.write(PagemapHead { $0.pagesId = 1 })
    try list.write(PagemapEntry {
      $0.vaddr = 0x40_0000
      $0.compatNrPages = UInt32(pageCount)
      $0.flags = PageFlags.present.rawValue
    })
    try list.finish()
    let pages = try bench.sink.open(try name("pages-1.img"))
    try pages.write(pattern(9, byteCount: SurveyTests.pagesByteCount))
    try pages.finish()
  }

  private func survey(_ bench: SinkBench) throws -> (survey: StreamSurvey, sizes: [String: Int], damage: [Failure]) {
    let reading = try bench.stream!.reading()
    let survey = StreamSurvey(reading.source)
    var sizes: [String: Int] = [:]
    var damage: [Failure] = []
    do throws(Failure) {
      try survey.read { (name, contents) in sizes[name.description] = contents.byteCount } damaged: { damage.append($0) }
      try reading.end()
    } catch {
      damage.append(error)
      do throws(Failure) { try reading.end() } catch { damage.append(error) }
    }
    return (survey, sizes, damage)
  }

  @Test(arguments: SinkKind.streams) func everyImageIsListedWithoutItsName(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try SinkContract.writeSet(bench.sink)
    try bench.commit()
    let reading = try bench.stream!.reading()
    var found: [String: [UInt8]] = [:]
    while let (file, reader) = try reading.source.next() {
      let compressed = ZstdFormat.plainName(of: file)
      let bytes = compressed == nil ? try reader.readAll() : try ZstdReader(reader, name: file).readAll()
      found[(compressed ?? file).description] = bytes
    }
    #expect(found.keys.sorted() == SinkContract.expected.keys.sorted())
    for (text, bytes) in SinkContract.expected { #expect(isSame(found[text] ?? [], bytes), "\(text) differs") }
    try reading.end()
  }

  @Test(arguments: [SinkKind.oneShard, .threeShards, .zstdOverOneShard])
  func aWholeStreamIsCountedAndItsRecordsCanBePlannedFrom(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try writeSet(bench)
    try bench.commit()
    let (survey, sizes, damage) = try survey(bench)
    #expect(damage.isEmpty)
    #expect(sizes["iptables-9.img"] == 20_000)
    #expect(sizes[kind.compresses ? "pages-1.img.zst" : "pages-1.img"] == SurveyTests.pagesByteCount)
    #expect(try survey.recordReader(.inventory, 0)?.next(InventoryEntry.self)?.imgVersion == 2)
    #expect(try survey.open(try name("pages-1.img")) == nil)
    try survey.checkPages(.task(7))
  }

  /// Of the records and small raw images, by the checksums of the stream; of compressed pages, by their own.
  @Test(arguments: [SinkKind.oneShard, .zstdOverOneShard]) func damageIsFoundWhereverItIs(_ kind: SinkKind) throws {
    let bench = try SinkBench(kind)
    try writeSet(bench)
    try bench.commit()
    let place = bench.stream!.shards.place
    let whole = try place.contents("shard-1")
    let raw = try #require(whole.firstRange(of: SurveyTests.rules[..<100])).lowerBound
    let inventory = try #require(whole.firstRange(of: Array("inventory.img".utf8))).upperBound + 20
    for offset in [0, inventory, raw, raw + 99] + (kind.compresses ? [whole.count / 2, whole.count - 1_000] : []) {
      var changed = whole
      changed[offset] ^= 16
      try place.write(changed, to: "shard-1")
      #expect(try !survey(bench).damage.isEmpty, "byte \(offset)")
    }
    for byteCount in [0, 10, raw + 50, whole.count / 2, whole.count - 1] {
      try place.write(Array(whole[..<byteCount]), to: "shard-1")
      #expect(try !survey(bench).damage.isEmpty, "cut at \(byteCount)")
    }
  }

  /// What follows damage within an image is looked at all the same.
  @Test func severalDamagedImagesAreAllTold() throws {
    let bench = try SinkBench(.oneShard)
    for text in ["core-1.img", "core-2.img"] {
      let core = try bench.sink.open(try name(text))
      try core.write(pattern(1, byteCount: 100))
      try core.finish()
    }
    try writeSet(bench)
    try bench.commit()
    let (_, sizes, damage) = try survey(bench)
    #expect(damage.count == 2)
    #expect(sizes["inventory.img"] != nil)
  }

  @Test func pagesThatTheirListDoesNotKnowAreDamage() throws {
    let bench = try SinkBench(.oneShard)
    try writeSet(bench, listed: 299)
    try bench.commit()
    let (survey, _, damage) = try survey(bench)
    #expect(damage.isEmpty)
    #expect(throws: Failure.self) { try survey.checkPages(.task(7)) }
  }

  /// Upstream's streamer knows no image without a name.
  @Test func aStreamerThatGivesOnlyWhatIsNamedIsRefused() throws {
    let pair = try makeSocketPair(type: 1)
    let server = TestThread {
      let peer = StreamerPeer(adopting: OwnedFD(adopting: pair.1), name: "the engine")
      #expect(try peer.receiveRequest()?.images == [])
      try peer.reply(nil)
    }
    let source = StreamerSource(StreamerPeer(adopting: OwnedFD(adopting: pair.0), name: "the streamer"))
    let failure = #expect(throws: Failure.self) { try source.next() }
    #expect(failure?.errno == .notSupported)
    #expect(failure?.remedy.contains("--shard-fds") == true)
    try server.join()
  }
}
