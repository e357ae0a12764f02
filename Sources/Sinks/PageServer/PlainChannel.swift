internal import Linux
internal import Streams

/// A socket as it is. TCP is corked, and pushed by `flush()`: heads and pages so share segments.
final class PlainChannel: PageChannel {
  let peer: String
  private let socket: OwnedFD
  /// Pages go through it from the socket to a file.
  private var pipe: Pipe?

  init(adopting socket: consuming OwnedFD, peer: String) {
    self.socket = socket
    self.peer = peer
    // A local socket has no such options, and sends at once.
    let borrowed = self.socket.borrowed()
    borrowed.watchFarEnd()
    _ = borrowed.trySetSocketOption(.tcpCork, 1)
  }

  var descriptor: BorrowedFD { socket.borrowed() }

  func send(_ pieces: [UnsafeRawBufferPointer]) throws(Failure) {
    var rest = pieces[...]
    while true {
      while rest.first?.count == 0 { rest.removeFirst() }
      guard !rest.isEmpty else { return }
      var taken = try call("send to") { StreamCalls.send($0, rest.prefix(PlainChannel.pieceCount)) }
      while let first = rest.first, taken > 0 {
        let done = min(taken, first.count)
        rest[rest.startIndex] = UnsafeRawBufferPointer(rebasing: first[done...])
        taken -= done
        if done == first.count { rest.removeFirst() }
      }
    }
  }

  func send(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    try pipe.withRaw { (pipe: CInt) throws(Failure) in
      var left = byteCount
      while left > 0 {
        let moved = try call("send pages to") {
          File.splice(from: pipe, to: $0, byteCount: min(left, PlainChannel.spliceByteCount))
        }
        guard moved > 0 else {
          throw Failure(
            "send pages to", "\(peer): the pipe that they come from ended", .brokenPipe,
            remedy: "The task that gave them was killed: dump again.")
        }
        left -= moved
      }
    }
  }

  func flush() { _ = socket.borrowed().trySetSocketOption(.tcpNoDelay, 1) }

  func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var done = 0
    while done < buffer.count {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try call("receive from") { StreamCalls.receive($0, into: part) }
      guard count > 0 else { break }
      done += count
    }
    return done
  }

  func receive(byteCount: Int, into sink: any PageSink) throws(Failure) -> Int {
    let pipe = try openPipe()
    var done = 0
    while done < byteCount {
      let moved = try pipe.writing.withRaw { (writing: CInt) throws(Failure) in
        try call("receive pages from") {
          File.splice(from: $0, to: writing, byteCount: min(byteCount - done, PlainChannel.spliceByteCount))
        }
      }
      guard moved > 0 else { break }
      try sink.splice(from: pipe.reading, byteCount: moved)
      done += moved
    }
    return done
  }

  func end(waits: Bool) {}

  func awaitEnd() { socket.borrowed().awaitClose() }

  private func call(_ attempted: StaticString, _ body: (CInt) -> Int) throws(Failure) -> Int {
    try socket.withRaw { (raw: CInt) throws(Failure) in
      try check(
        "\(attempted)", peer,
        remedy: "See what the far end logged, and the network between: start the page server again, then dump again."
      ) { body(raw) }
    }
  }

  private final class Pipe {
    let reading: OwnedFD
    let writing: OwnedFD

    init() throws(Failure) {
      let ends = try makePipe()
      reading = OwnedFD(adopting: ends.read)
      writing = OwnedFD(adopting: ends.write)
      // Fewer turns with a larger one; where it is refused (pipe-user-pages-soft), the first size does.
      do throws(Failure) { try reading.borrowed().setPipeCapacity(PlainChannel.spliceByteCount, "of the page server") }
      catch {}
    }
  }

  private func openPipe() throws(Failure) -> Pipe {
    if let pipe { return pipe }
    let made = try Pipe()
    pipe = made
    return made
  }

  /// UIO_MAXIOV.
  private static let pieceCount = 1024
  /// The default limit of a pipe's size.
  private static let spliceByteCount = 1 << 20
}
