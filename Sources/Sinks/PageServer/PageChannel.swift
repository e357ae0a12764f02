internal import Linux
internal import Streams

/// A connection between a dump and a page server, plain or encrypted. Failures name the far end.
protocol PageChannel: AnyObject {
  /// "the page server at 192.0.2.1:12345"
  var peer: String { get }

  /// Can be read when an answer is there.
  var descriptor: BorrowedFD { get }

  /// Sends all pieces, in order.
  func send(_ pieces: [UnsafeRawBufferPointer]) throws(Failure)

  /// Sends what comes next from the read end `pipe`, without copying it where the kernel allows.
  func send(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure)

  /// Lets nothing wait for more to be sent with it.
  func flush()

  /// Fills the buffer.
  ///
  /// - Returns: The bytes received; fewer only at the end of the stream.
  func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int

  /// Hands what comes next to a sink, without copying it where the kernel allows.
  ///
  /// - Returns: The bytes received; fewer only at the end of the stream.
  func receive(byteCount: Int, into sink: any PageSink) throws(Failure) -> Int

  /// Says that nothing more will come. Nobody is left to tell what goes wrong with it.
  ///
  /// - Parameter waits: For the far end to say so too.
  func end(waits: Bool)

  /// Waits a while for the far end to close the connection.
  func awaitEnd()
}

extension BorrowedFD {
  /// Has the kernel ask a silent far end whether it is there: a machine that is lost, or its network, shows after a minute
  /// and a half, and not after two hours. One that is only slow goes on for ever.
  func watchFarEnd() {
    let seconds: [(SocketOption, UInt32)] = [(.tcpKeepIdle, 30), (.tcpKeepInterval, 10)]
    // A local socket has none of these, and needs none.
    for (option, value) in [(.keepAlive, 1), (.tcpKeepCount, 6)] + seconds { _ = trySetSocketOption(option, value) }
  }
}

extension PageChannel {
  func send(_ request: PageRequest) throws(Failure) { try sendWords(request.words) }

  /// Sends an answer, or the words of a record, at once or with what follows.
  func sendWords<W: BitwiseCopyable>(_ words: [W]) throws(Failure) {
    try withBytes(of: words) { (bytes) throws(Failure) in try send([bytes]) }
  }

  /// - Returns: `nil` at the end of the stream.
  /// - Throws: `EPIPE` for one that ends within.
  func receiveWords<W: FixedWidthInteger & BitwiseCopyable>(_ count: Int, of type: W.Type) throws(Failure) -> [W]? {
    var words = [W](repeating: 0, count: count)
    let byteCount = count * MemoryLayout<W>.size
    var received = 0
    do {
      var span = words.mutableSpan
      received = try span.withUnsafeMutableBytes { (bytes) throws(Failure) in try receive(into: bytes) }
    }
    guard received > 0 else { return nil }
    guard received == byteCount else { throw lost("receive \(byteCount) bytes") }
    return words
  }

  /// The far end went away in the middle.
  func lost(_ attempted: String) -> Failure {
    Failure(
      attempted, "\(peer), which closed the connection", .brokenPipe,
      remedy: "See what it logged: its disk may be full, or somebody ended it. Start it again, then dump again.")
  }
}
