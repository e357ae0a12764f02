import Glibc
import Linux
import Sinks
import Streams
import Synchronization

/// A page server in a thread of the test, which receives into a scratch directory.
final class TestPageServer {
  let place: ScratchDirectory
  private var thread = pthread_t()

  /// What the thread works on and leaves. The test looks at it only after `join`.
  private final class Work: @unchecked Sendable {
    let run: () throws(Failure) -> Void
    var failure: Failure?
    init(_ run: @escaping () throws(Failure) -> Void) { self.run = run }
  }
  private let work: Work

  /// Serves the far end of a pair of sockets.
  convenience init(connected: inout OwnedFD?, fault: FaultHook? = nil) throws(Failure) {
    let pair = try makeSocketPair(type: 1)
    connected = OwnedFD(adopting: pair.0)
    try self.init(span: .oneDump, fault: fault) { (server) throws(Failure) in
      try server.serve(connected: OwnedFD(adopting: pair.1))
    }
  }

  /// Serves who connects to a port.
  convenience init(
    _ listener: PageServerListener, span: PageServer.Span = .oneDump, tls: TLSSettings? = nil,
    expectedName: String? = nil, parent: ScratchDirectory? = nil, fault: FaultHook? = nil
  ) throws(Failure) {
    try self.init(span: span, tls: tls, expectedName: expectedName, parent: parent, fault: fault) {
      (server) throws(Failure) in try server.serve(listener)
    }
  }

  private init(
    span: PageServer.Span, tls: TLSSettings? = nil, expectedName: String? = nil, parent: ScratchDirectory? = nil,
    fault: FaultHook?, _ serve: @escaping (PageServer) throws(Failure) -> Void
  ) throws(Failure) {
    ignoreBrokenPipes()
    let place = try ScratchDirectory()
    self.place = place
    let server = PageServer(span: span, tls: tls, expectedName: expectedName, log: Log(descriptor: -1, level: .error)) {
      (numbers) throws(Failure) in
      let journal = TestJournal()
      let sink = DirectorySink(
        adopting: try place.open(), path: place.path, contents: .part, durability: .pageCache, journal: journal,
        ring: .never, pagesNumbers: numbers, fault: fault)
      let source = try parent.map { (set) throws(Failure) in DirectorySource(adopting: try set.open(), path: set.path) }
      return PageServerPlace(sink, parent: source) { try? journal.undo() }
    }
    work = Work { () throws(Failure) in try serve(server) }
    let argument = Unmanaged.passRetained(work)
    let result = pthread_create(
      &thread, nil,
      { argument in
        let work = Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue()
        do throws(Failure) { try work.run() } catch { work.failure = error }
        return nil
      }, argument.toOpaque())
    guard result == 0 else { throw Failure("make a thread", "the test", Errno(result), remedy: "Look at the test.") }
  }

  /// Waits until the server ends.
  ///
  /// - Returns: What it failed with.
  func join() -> Failure? {
    pthread_join(thread, nil)
    return work.failure
  }
}

/// A client that says what the test tells it to.
final class RawClient {
  let socket: OwnedFD

  init(_ listener: PageServerListener) throws(Failure) {
    socket = try makeSocket(family: listener.address.family, type: 1)
    try socket.borrowed().connect(to: .inet(port: listener.address.port, address: [0x0100_007f]), "a test")
  }

  func send(_ bytes: [UInt8]) { socket.withRaw { raw in _ = Glibc.send(raw, bytes, bytes.count, CInt(MSG_NOSIGNAL)) } }

  func send(_ requests: PageRequest...) { for request in requests { send(request.bytes) } }

  /// Says that nothing more comes; returns what the server answers until it closes.
  func finish() -> [UInt8] {
    socket.withRaw { raw in
      shutdown(raw, CInt(SHUT_WR))
      var answer: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = recv(raw, &buffer, buffer.count, 0)
        guard count > 0 else { return answer }
        answer += buffer[..<count]
      }
    }
  }
}

extension PageRequest {
  var bytes: [UInt8] { words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { [UInt8]($0) } } }

  static func pages(_ count: UInt64, at address: UInt64, of id: PagesID, _ flags: PageFlags = .present) -> PageRequest {
    PageRequest(.addFlagged, flags: flags, pageCount: count, address: address, image: id.wireNumber)
  }
}

/// Where the images of a dump with a page server are: nobody has put both halves together yet.
final class BothHalves: ImageSource {
  let abilities: Abilities = []
  private let records: any ImageSource
  private let pages: any ImageSource

  init(_ records: any ImageSource, _ pages: any ImageSource) {
    self.records = records
    self.pages = pages
  }

  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? {
    if let reader = try records.open(name) { return reader }
    return try pages.open(name)
  }
}
