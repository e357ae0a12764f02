import Glibc
import Linux
@testable import Sinks
import Streams
import Testing

@Suite struct PageServerWire {
  @Test func aRecordHas32BytesInTheMachinesOrder() {
    let request = PageRequest.pages(2, at: 0x40_0000, of: .task(7), [.present, .lazy])
    #expect(
      request.bytes == [
        6, 0, 6, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0,
      ])
    #expect(PageRequest(.close).bytes.prefix(8) == [0x23, 0x10, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: PageRequest.Command.allCases) func whatIsWrittenIsReadBack(_ command: PageRequest.Command) throws {
    let request = PageRequest(command, flags: .lazy, pageCount: 3, address: 0x7000, image: 9)
    var words = request.words
    #expect(PageRequest(words: words) == request)
    words[0] |= 0xdead_beef << 32  // 4.2 leaves what was on its stack there
    #expect(PageRequest(words: words) == request)
  }

  @Test func imagesKeepTheirNumbers() {
    for id in [PagesID.task(1), .task(4_194_304), .shared(0), .shared(1 << 55)] {
      #expect(PagesID(wireNumber: id.wireNumber) == id)
    }
    #expect(PagesID(wireNumber: 7 << 8 | 10) == .task(7) && PagesID(wireNumber: 7 << 8 | 34) == .shared(7))
    #expect(PagesID(wireNumber: 7 << 8) == nil && PagesID(wireNumber: 1) == nil)
    #expect(PagesID(wireNumber: 4_194_305 << 8 | 1) == nil)
  }
}

@Suite struct PageServerSessions {
  private static let one = PagesID.task(7)

  /// A whole dump of one page, without its end where the test wants something else there.
  private static func dump(_ last: PageRequest? = PageRequest(.close)) -> [UInt8] {
    PageRequest(.open, image: one.wireNumber).bytes + PageRequest.pages(1, at: 0x1000, of: one).bytes
      + pattern(3, byteCount: pageSize) + (last?.bytes ?? [])
  }

  private static func listen() throws(Failure) -> PageServerListener {
    try PageServerListener(host: "127.0.0.1", port: 0)
  }

  private func expectOneDumpIsServed(_ listener: PageServerListener, _ server: TestPageServer) throws {
    let client = try RawClient(listener)
    client.send(PageServerSessions.dump())
    #expect(client.finish() == [0, 0, 0, 0, 0])
    #expect(server.join() == nil)
    let names = try server.place.names()
    #expect(names.count == 2 && names[0] == "pagemap-7.img" && names[1].hasPrefix("pages-655"))
  }

  /// Each is turned away without an answer, leaves nothing, and does not end the server.
  @Test(arguments: [
    [PageRequest(.open, image: 7 << 8)], [PageRequest(.open, image: 1)], [PageRequest(.open, image: .max)],
    [PageRequest(.hasParent, image: 3)], [PageRequest(.get, image: 7)], [PageRequest(.close, flags: .present)],
    [.pages(1, at: 0x1001, of: .task(7))], [.pages(0, at: 0x1000, of: .task(7))],
    [.pages(.max, at: 0x1000, of: .task(7))], [.pages(1, at: 1 << 60, of: .task(7))],
    [.pages(1, at: 0x1000, of: .task(7), [])], [.pages(1, at: 0x1000, of: .task(7), PageFlags(rawValue: 12))],
    [.pages(1, at: 0x1000, of: .task(7), .parent)],
    [.pages(1, at: 0x3000, of: .task(7), .lazy), .pages(1, at: 0x2000, of: .task(7), .lazy)],
  ] as [[PageRequest]]) func whoBreaksTheRulesIsRefusedAndTheServerStaysUp(_ requests: [PageRequest]) throws {
    let listener = try PageServerSessions.listen()
    let server = try TestPageServer(listener)
    let client = try RawClient(listener)
    for request in requests { client.send(request) }
    #expect(client.finish() == [])
    #expect(try server.place.names() == [])
    try expectOneDumpIsServed(listener, server)
  }

  @Test func strangersAreTurnedAwayAndSilentOnesHoldUpNobody() throws {
    let listener = try PageServerSessions.listen()
    let server = try TestPageServer(listener)
    let silent = try RawClient(listener)
    for bytes in [Array("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n".utf8), [1], []] {
      let stranger = try RawClient(listener)
      stranger.send(bytes)
      #expect(stranger.finish() == [])
    }
    try expectOneDumpIsServed(listener, server)
    withExtendedLifetime(silent) {}
  }

  @Test func aDumpThatBreaksOffEndsTheServerAndLeavesNothing() throws {
    let listener = try PageServerSessions.listen()
    let server = try TestPageServer(listener)
    let client = try RawClient(listener)
    client.send(PageServerSessions.dump(nil))
    #expect(client.finish() == [0])
    #expect(server.join()?.errno == .brokenPipe)
    #expect(try server.place.names() == [])
  }

  @Test func anEndlessServerTakesOneDumpAfterAnother() throws {
    let listener = try PageServerSessions.listen()
    let server = try TestPageServer(listener, span: .endless)
    for round in 0..<4 {
      let client = try RawClient(listener)
      client.send(PageServerSessions.dump(round == 1 ? nil : PageRequest(.close)))
      #expect(client.finish() == (round == 1 ? [0] : [0, 0, 0, 0, 0]))
    }
    #expect(try server.place.names().contains("pagemap-7.img"))
  }

  @Test func aFullDiskIsToldToTheDump() throws {
    let listener = try PageServerSessions.listen()
    let server = try TestPageServer(listener) { attempted, _ in attempted.hasPrefix("splice") ? .noSpace : nil }
    let place = try ScratchDirectory()
    let journal = TestJournal()
    let client = try PageServerClient.connect(toHost: "127.0.0.1", port: listener.address.port, tls: nil)
    let sink = PageServerSink(
      client,
      rest: DirectorySink(
        adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .pageCache, journal: journal))
    #expect(throws: Failure.self) { try PageContract.writePages(sink) }
    sink.abandon()
    try journal.undo()
    #expect(server.join()?.errno == .noSpace)
    #expect(try server.place.names() == [] && place.names() == [])
  }

  /// The defaults of the kernel: two hours and eleven minutes.
  @Test func aLostMachineShowsWithinMinutes() throws {
    let listener = try PageServerSessions.listen()
    let client = try PageServerClient.connect(toHost: "127.0.0.1", port: listener.address.port, tls: nil)
    let socket = client.channel.descriptor
    let count = try socket.socketOption(.tcpKeepCount, "the test") * socket.socketOption(.tcpKeepInterval, "the test")
    #expect(try socket.socketOption(.keepAlive, "the test") == 1)
    #expect(try socket.socketOption(.tcpKeepIdle, "the test") + count <= 120)
  }

  /// The next dump knows without the server what it has.
  @Test(arguments: [false, true]) func whatWasSentIsListed(_ listsPages: Bool) throws {
    var socket: OwnedFD?
    let server = try TestPageServer(connected: &socket)
    let place = try ScratchDirectory()
    let sink = PageServerSink(
      try .adopt(socket.take()!, name: nil, tls: nil),
      rest: DirectorySink(
        adopting: try place.open(), path: place.path, contents: .part, durability: .pageCache, journal: TestJournal()),
      listsPages: listsPages)
    try PageContract.writePages(sink)
    try sink.commit()
    #expect(server.join() == nil)
    let source = DirectorySource(adopting: try place.open(), path: place.path)
    for (id, runs) in PageContract.runs { #expect(try SentPages.read(id, from: source) == (listsPages ? runs : nil)) }
    #expect(try place.names().count == (listsPages ? PageContract.runs.count : 0))
  }

  @Test func pagesAreLeftToAParentThatHasThem() throws {
    let parent = try ScratchDirectory()
    let journal = TestJournal()
    let before = DirectorySink(
      adopting: try parent.open(), path: parent.path, contents: .part, durability: .pageCache, journal: journal)
    let pages = try before.openPages(PageServerSessions.one)
    try pages.begin(PageRun(address: 0x1000, pageCount: 2, flags: .present))
    let bytes = pattern(1, byteCount: 2 * pageSize)
    try pages.write(bytes.span.bytes)
    try pages.finish()
    try before.commit()

    let listener = try PageServerSessions.listen()
    let server = try TestPageServer(listener, parent: parent)
    let image = PageServerSessions.one.wireNumber
    let client = try RawClient(listener)
    client.send(
      PageRequest(.hasParent, image: image), PageRequest(.hasParent, image: PagesID.task(8).wireNumber),
      PageRequest(.open, image: image), .pages(2, at: 0x1000, of: .task(7), .parent), PageRequest(.close))
    #expect(client.finish() == [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    #expect(server.join() == nil)
  }

  /// A byte of a record changed, or the end cut off: no crash, no hang, and the next dump is served.
  @Test(.timeLimit(.minutes(1))) func aServerOutlivesEveryDamagedSession() throws {
    let listener = try PageServerSessions.listen()
    let server = try TestPageServer(listener, span: .endless)
    let heads = Array(0..<64) + Array((64 + pageSize)..<(96 + pageSize))
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    for _ in 0..<300 {
      var session = PageServerSessions.dump()
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let chance = Int(state >> 33)
      if chance % 5 == 0 {
        session.removeLast(chance / 5 % session.count)
      } else {
        session[heads[chance % heads.count]] ^= UInt8(1 << (chance / 96 % 8))
      }
      let client = try RawClient(listener)
      client.send(session)
      _ = client.finish()
    }
    let client = try RawClient(listener)
    client.send(PageServerSessions.dump())
    #expect(client.finish() == [0, 0, 0, 0, 0])
    #expect(try server.place.names().contains("pagemap-7.img"))
  }
}

/// What a dump sees of a server that fails.
@Suite struct PageServerLoss {
  /// Answers as told, then goes.
  @Test(arguments: [[], [0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 5, 0, 0, 0]] as [[UInt8]])
  func aServerThatGoesAwayFailsTheDumpAndLeavesNothing(_ answers: [UInt8]) throws {
    ignoreBrokenPipes()
    let pair = try makeSocketPair(type: 1)
    let far = OwnedFD(adopting: pair.1)
    far.withRaw { raw in
      _ = send(raw, answers, answers.count, 0)
      shutdown(raw, CInt(SHUT_WR))
    }
    let place = try ScratchDirectory()
    let journal = TestJournal()
    let sink = PageServerSink(
      try .adopt(OwnedFD(adopting: pair.0), name: nil, tls: nil),
      rest: DirectorySink(
        adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .pageCache, journal: journal))
    let failure = #expect(throws: Failure.self) {
      try SinkContract.writeSet(sink)
      let pages = try sink.openPages(.task(7))
      try pages.begin(PageRun(address: 0x1000, pageCount: 1, flags: .present))
      let page = pattern(1, byteCount: pageSize)
      try pages.write(page.span.bytes)
      try pages.finish()
      try sink.commit()
    }
    #expect(failure?.errno == (answers.count == 9 ? .inputOutput : .brokenPipe))
    #expect(failure?.subject.contains("page server") == true)
    sink.abandon()
    try journal.undo()
    #expect(try place.names() == [])
    far.withRaw { _ in }  // open until here
  }
}
