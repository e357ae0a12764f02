public import Linux

/// A socket that can be kept in an array.
final class HeldSocket {
  private var socket: OwnedFD?

  init(_ socket: consuming OwnedFD) { self.socket = consume socket }

  /// Once.
  func take() -> OwnedFD { socket.take()! }

  var raw: CInt { socket!.borrowed().raw }
}

/// The port of a page server. Whoever connects waits until it says something: a silent client holds up no other.
public final class PageServerListener {
  struct Client {
    let socket: HeldSocket
    /// "192.0.2.1:12345"
    let address: String
  }

  /// Where it listens.
  public let address: SocketAddress
  private let socket: OwnedFD
  private var silent: [Client] = []
  /// More than these are turned away.
  private static let silentLimit = 64

  /// - Parameters:
  ///   - host: A name or an address of this host; `nil` for every IPv4 address that it has.
  ///   - port: 0 takes a free one.
  public init(host: String?, port: UInt16) throws(Failure) {
    let address =
      if let host { try addresses(ofHost: host, port: port)[0] } else { SocketAddress.inet(port: port, address: [0]) }
    let text = address.text
    let stream: UInt32 = 1  // SOCK_STREAM
    let socket = try makeSocket(family: address.family, type: stream)
    let borrowed = socket.borrowed()
    try borrowed.setSocketOption(.reuseAddress, 1, text)
    try borrowed.bind(to: address, text)
    try borrowed.listen(backlog: 8, text)
    self.address = try borrowed.socketName(text)
    self.socket = socket
  }

  /// The next client that says something, or goes.
  func next() throws(Failure) -> Client {
    while true {
      let ready = try awaitReadable(
        [socket.borrowed().raw] + silent.map { $0.socket.raw }, "clients at \(address.text)")
      if let index = ready.dropFirst().firstIndex(of: true) { return silent.remove(at: index - 1) }
      let client = HeldSocket(try socket.borrowed().accept("at \(address.text)"))
      if silent.count < PageServerListener.silentLimit {
        silent.append(Client(socket: client, address: try BorrowedFD(client.raw).peerName("a client")?.text ?? "?"))
      }
    }
  }
}
