public import Linux
public import Streams

/// Serves pages of a store to whoever asks for them, in any order, until he says that he has them all.
public struct LazyPageServer {
  private let store: any PageStore
  private let tls: TLSSettings?
  /// What clients' certificates are compared with; `nil` for any that the authority signed.
  private let expectedName: String?
  private let log: Log

  public init(_ store: any PageStore, tls: TLSSettings?, expectedName: String?, log: Log) {
    self.store = store
    self.tls = tls
    self.expectedName = expectedName
    self.log = log
  }

  /// Serves the first who asks for pages. Whoever connects and does not is sent away.
  ///
  /// - Throws: `EPIPE` he went away before he said that he has all.
  public func serve(_ listener: PageServerListener) throws(Failure) {
    while true {
      let client = try listener.next()
      log.info("Accepted connection from \(client.address)")
      let session: LazySession
      do throws(Failure) {
        session = LazySession(
          try PageServer.openChannel(
            client.socket, peer: "the client at \(client.address)", tls: tls, expectedName: expectedName),
          store, log)
      } catch {
        log.error(error)
        continue
      }
      do throws(Failure) { try session.serve() } catch {
        session.channel.end(waits: false)
        if session.hasAsked { throw error }
        log.error(error)
        continue
      }
      session.channel.end(waits: true)
      session.channel.awaitEnd()
      return
    }
  }

  /// Serves one client on a socket that is connected already (--ps-socket).
  public func serve(connected socket: consuming OwnedFD) throws(Failure) {
    let peer = "the client at descriptor \(socket.borrowed().raw)"
    let channel = try PageServer.openChannel(HeldSocket(socket), peer: peer, tls: tls, expectedName: expectedName)
    try LazySession(channel, store, log).serve()
    channel.end(waits: true)
  }
}

/// One connection, from the first request to the last.
private final class LazySession {
  let channel: any PageChannel
  private let store: any PageStore
  private let log: Log
  private(set) var hasAsked = false
  private var sentPageCount = 0
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: LazySession.pageLimit * pageSize, alignment: pageSize)

  /// More are not sent at once: the client asks for the rest again.
  private static let pageLimit = 1024

  init(_ channel: any PageChannel, _ store: any PageStore, _ log: Log) {
    self.channel = channel
    self.store = store
    self.log = log
  }

  deinit { buffer.deallocate() }

  func serve() throws(Failure) {
    while let words = try channel.receiveWords(4, of: UInt64.self) {
      guard let request = PageRequest(words: words) else { throw refused("a request of no kind", words[0] & 0xffff) }
      switch request.command {
      case .get: try send(request)
      case .close, .forceClose:
        guard request.flags.isEmpty else { throw refused("an end with flags", request.words[0]) }
        try channel.sendWords([Int32(0)])
        channel.flush()
        log.info("Sent \(sentPageCount) pages to \(channel.peer)")
        return
      default: throw refused("a request that only a server which keeps pages has", words[0])
      }
    }
    throw channel.lost("serve pages: \(sentPageCount) were sent")
  }

  private func send(_ request: PageRequest) throws(Failure) {
    let run = PageRun(address: request.address, pageCount: Int(clamping: request.pageCount), flags: .present)
    guard let pid = UInt32(exactly: request.image), run.isWellFormed else {
      throw refused("a request for pages that cannot be", request.address)
    }
    let wanted = min(run.pageCount, LazySession.pageLimit)
    let count = try store.read(
      pid, at: run.address, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<(wanted * pageSize)]))
    if !hasAsked {
      hasAsked = true
      try store.begin()
    }
    try channel.send(
      PageRequest(
        .addFlagged, flags: .present, pageCount: UInt64(count), address: run.address, image: request.image))
    try channel.send([UnsafeRawBufferPointer(rebasing: buffer[..<(count * pageSize)])])
    channel.flush()
    sentPageCount += count
  }

  private func refused(_ what: String, _ number: UInt64) -> Failure {
    Failure(
      "serve the client", "\(channel.peer), which sent \(what) (0x\(String(number, radix: 16)))", .badMessage,
      remedy: "It is no criu lazy-pages: let only that reach this port.")
  }
}
