public import Linux
public import Streams

/// Takes pages from dumps elsewhere, one session after the other.
public struct PageServer {
  /// When it has done its work.
  public enum Span: Sendable {
    /// After the first dump, as CRIU's: whole or broken. Whoever is no dump does not count.
    case oneDump
    /// Never: until it is ended from outside.
    case endless
  }

  private let span: Span
  private let tls: TLSSettings?
  /// What clients' certificates are compared with; `nil` for any that the authority signed.
  private let expectedName: String?
  private let log: Log
  private let makePlace: (PagesNumbers) throws(Failure) -> PageServerPlace
  /// Apart from those that a dump gives out beside us, perhaps into the same directory.
  private let numbers = PagesNumbers(first: 0x10001)

  /// - Parameter makePlace: Called for each session; pages images take their numbers from what it is given.
  public init(
    span: Span, tls: TLSSettings?, expectedName: String?, log: Log,
    makePlace: @escaping (PagesNumbers) throws(Failure) -> PageServerPlace
  ) {
    self.span = span
    self.tls = tls
    self.expectedName = expectedName
    self.log = log
    self.makePlace = makePlace
  }

  /// Serves whoever connects.
  ///
  /// - Throws: What broke the dump (`Span.oneDump`), or the listening socket.
  public func serve(_ listener: PageServerListener) throws(Failure) {
    while true {
      let client = try listener.next()
      log.info("Accepted connection from \(client.address)")
      switch try serve(client.socket, peer: "the client at \(client.address)", isShared: false) {
      case .whole where span == .oneDump: return
      case .broken(let failure) where span == .oneDump: throw failure
      case .whole: break
      case .broken(let failure), .refused(let failure): log.error(failure)
      }
    }
  }

  /// Serves one client on a socket that is connected already (--ps-socket).
  public func serve(connected socket: consuming OwnedFD) throws(Failure) {
    let peer = "the client at descriptor \(socket.borrowed().raw)"
    switch try serve(HeldSocket(socket), peer: peer, isShared: true) {
    case .whole: return
    case .broken(let failure), .refused(let failure): throw failure
    }
  }

  private enum Outcome {
    case whole
    /// A dump that ended before its time.
    case broken(Failure)
    /// Somebody who is no dump.
    case refused(Failure)
  }

  /// - Throws: Only what is no client's doing.
  private func serve(_ socket: HeldSocket, peer: String, isShared: Bool) throws(Failure) -> Outcome {
    let channel: any PageChannel
    do throws(Failure) {
      channel = try PageServer.openChannel(socket, peer: peer, tls: tls, expectedName: expectedName)
    } catch { return .refused(error) }
    let place = try makePlace(numbers)
    let session = PageServerSession(channel, into: place, log: log)
    do throws(Failure) {
      try session.serve()
    } catch {
      place.undo()
      channel.end(waits: false)
      return session.ending == .broken ? .broken(error) : .refused(error)
    }
    channel.end(waits: true)
    try place.end()
    // The client closes first, so that the port is free at once for the next server.
    if !isShared { channel.awaitEnd() }
    return .whole
  }

  static func openChannel(
    _ socket: HeldSocket, peer: String, tls: TLSSettings?, expectedName: String?
  ) throws(Failure) -> any PageChannel {
    guard let tls else { return PlainChannel(adopting: socket.take(), peer: peer) }
    return try TLSChannel(
      adopting: socket.take(), peer: peer, side: .server, expectedName: expectedName, settings: tls)
  }
}
