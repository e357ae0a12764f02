public import Linux
internal import Streams

/// The dump's end of a connection to a page server: speaks first, and asks one thing after the other.
public final class PageServerClient {
  let channel: any PageChannel
  /// Whether the socket is one that others may hold too (--ps-socket): the server must be told to end the session.
  private let isShared: Bool

  /// Connects to the first address of `host` that answers.
  public static func connect(toHost host: String, port: UInt16, tls: TLSSettings?) throws(Failure) -> PageServerClient {
    var last: Failure?
    for address in try addresses(ofHost: host, port: port) {
      do throws(Failure) {
        let socket = try makeSocket(family: address.family, type: PageServerClient.streamType)
        try check(
          "connect to the page server", address.text,
          remedy: "Start criu page-server there first, and see that --address and --port are its own."
        ) { socket.borrowed().tryConnect(to: address) }
        let channel = try openChannel(socket, peer: "the page server at \(address.text)", name: host, tls)
        return PageServerClient(channel, isShared: false)
      } catch { last = error }
    }
    throw last
      ?? Failure(
        "connect to the page server", host, .noEntry, remedy: "The name has no address: give one with --address.")
  }

  /// Over a socket that is connected already.
  public static func adopt(
    _ socket: consuming OwnedFD, name: String?, tls: TLSSettings?
  ) throws(Failure) -> PageServerClient {
    let peer = "the page server at descriptor \(socket.borrowed().raw)"
    return PageServerClient(try openChannel(socket, peer: peer, name: name, tls), isShared: true)
  }

  private static func openChannel(
    _ socket: consuming OwnedFD, peer: String, name: String?, _ tls: TLSSettings?
  ) throws(Failure) -> any PageChannel {
    guard let tls else { return PlainChannel(adopting: socket, peer: peer) }
    return try TLSChannel(adopting: socket, peer: peer, side: .client, expectedName: name, settings: tls)
  }

  init(_ channel: any PageChannel, isShared: Bool) {
    self.channel = channel
    self.isShared = isShared
  }

  /// Begins an image.
  ///
  /// - Returns: Whether the server's parent set has it too.
  func open(_ id: PagesID) throws(Failure) -> Bool {
    try channel.send(PageRequest(.open, image: id.wireNumber))
    return try answer(UInt8.self, to: "begin \(id.pagemapName)") != 0
  }

  /// Whether the server's parent set has an image of this id. Requests are served in order: the answer also tells that
  /// the server has taken all pages that were sent before.
  func hasParent(_ id: PagesID) throws(Failure) -> Bool {
    try channel.send(PageRequest(.hasParent, image: id.wireNumber))
    return try answer(Int32.self, to: "hand over \(id.pagemapName)") > 0
  }

  /// Ends the session.
  ///
  /// - Throws: `EIO` the server could not keep all.
  func close() throws(Failure) {
    try channel.send(PageRequest(isShared ? .forceClose : .close))
    let status = try answer(Int32.self, to: "end the session")
    channel.end(waits: status == 0)
    guard status != 0 else { return }
    throw Failure(
      "keep the pages", "\(channel.peer), which answered \(status)", .inputOutput,
      remedy: "See what the page server logged: its disk may be full. Start it again, then dump again.")
  }

  private func answer<N: FixedWidthInteger & BitwiseCopyable>(
    _ type: N.Type, to attempted: String
  ) throws(Failure) -> N {
    channel.flush()
    guard let answer = try channel.receiveWords(1, of: N.self) else { throw channel.lost(attempted) }
    return answer[0]
  }

  private static let streamType: UInt32 = 1  // SOCK_STREAM
}
