import Glibc
import Linux
import Sinks
import Streams
import Testing

/// Pages 10 to 19 of task 7; each is filled with its number.
private final class TenPages: PageStore {
  /// Whether it heard that somebody has come for its pages.
  private(set) var beginCount = 0

  func begin() throws(Failure) { beginCount += 1 }

  func read(_ pid: UInt32, at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let first = address / UInt64(pageSize)
    guard pid == 7, (10..<20).contains(first) else {
      throw Failure("read a page", "\(first) of \(pid)", .noEntry, remedy: "Look at the test.")
    }
    let count = min(buffer.count / pageSize, Int(20 - first))
    for index in 0..<count {
      for offset in 0..<pageSize { buffer[index * pageSize + offset] = UInt8(first) + UInt8(index) }
    }
    return count
  }
}

@Suite struct LazyPageServerTests {
  private let log = Log(descriptor: -1, level: .error)

  /// The server in a thread, and what it ended with.
  private func serve(
    _ pages: TenPages = TenPages(), _ body: (consuming OwnedFD) throws -> Void
  ) throws -> Failure? {
    ignoreBrokenPipes()
    let pair = try makeSocketPair(type: 1)
    let thread = TestThread { [log] in
      try LazyPageServer(pages, tls: nil, expectedName: nil, log: log).serve(connected: OwnedFD(adopting: pair.1))
    }
    try body(OwnedFD(adopting: pair.0))
    do { try thread.join() } catch { return error as? Failure }
    return nil
  }

  private func run(_ page: UInt64, _ count: Int) -> PageRun {
    PageRun(address: page * UInt64(pageSize), pageCount: count, flags: .lazy)
  }

  @Test func severalAreAskedForBeforeTheFirstComes() throws {
    let pages = TenPages()
    let failure = try serve(pages) { socket in
      let fetcher = PageServerFetcher(try .adopt(socket, name: nil, tls: nil))
      var bytes = [UInt8](repeating: 0, count: 4 * pageSize)
      for (page, count) in [(UInt64(15), 2), (10, 1), (18, 4)] { try fetcher.ask(for: run(page, count), of: 7) }
      // The last reaches beyond what there is.
      for (count, firsts) in [(2, [15, 16]), (1, [10]), (2, [18, 19])] as [(Int, [UInt8])] {
        #expect(try bytes.withUnsafeMutableBytes { try fetcher.answer(into: $0) } == count)
        #expect((0..<count).map { bytes[$0 * pageSize + 5] } == firsts)
      }
      try fetcher.finish()
    }
    #expect(failure == nil)
    #expect(pages.beginCount == 1)
  }

  @Test func whoGoesAwayBeforeTheEndIsAnError() throws {
    let failure = try serve { socket in
      let fetcher = PageServerFetcher(try .adopt(socket, name: nil, tls: nil))
      try fetcher.ask(for: run(10, 1), of: 7)
      var bytes = [UInt8](repeating: 0, count: pageSize)
      _ = try bytes.withUnsafeMutableBytes { try fetcher.answer(into: $0) }
    }
    #expect(failure?.errno == .brokenPipe)
  }

  @Test(arguments: [
    PageRequest(.get, pageCount: 1, address: 0x1000, image: 7), PageRequest(.get, pageCount: 1, address: 10 << 12, image: 8),
    PageRequest(.get, pageCount: 0, address: 10 << 12, image: 7), PageRequest(.get, pageCount: 1, address: 5, image: 7),
    PageRequest(.get, pageCount: .max, address: 10 << 12, image: 7), PageRequest(.open, image: 7 << 8 | 1),
    PageRequest(.close, flags: .present),
  ])
  func badRequestsAreRefused(_ request: PageRequest) throws {
    let pages = TenPages()
    let failure = try serve(pages) { socket in
      socket.withRaw { raw in _ = Glibc.send(raw, request.bytes, 32, CInt(MSG_NOSIGNAL)) }
      var byte: UInt8 = 0
      #expect(socket.withRaw { recv($0, &byte, 1, 0) } <= 0)
    }
    #expect(failure != nil)
    #expect(pages.beginCount == 0)
  }

  @Test func anAnswerToSomethingElseIsRefused() throws {
    ignoreBrokenPipes()
    let pair = try makeSocketPair(type: 1)
    let far = OwnedFD(adopting: pair.1)
    let fetcher = PageServerFetcher(try .adopt(OwnedFD(adopting: pair.0), name: nil, tls: nil))
    try fetcher.ask(for: run(10, 1), of: 7)
    let answer = PageRequest(.addFlagged, flags: .present, pageCount: 1, address: 11 << 12, image: 7)
    far.withRaw { raw in _ = Glibc.send(raw, answer.bytes, 32, CInt(MSG_NOSIGNAL)) }
    var bytes = [UInt8](repeating: 0, count: pageSize)
    let failure = #expect(throws: Failure.self) { try bytes.withUnsafeMutableBytes { try fetcher.answer(into: $0) } }
    #expect(failure?.errno == .badMessage)
  }
}
