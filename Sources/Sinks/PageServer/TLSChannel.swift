internal import Linux
internal import Streams

/// An encrypted socket. Both ends show certificates, and verify the other's.
final class TLSChannel: PageChannel {
  enum Side { case client, server }

  let peer: String
  private let socket: OwnedFD
  private let library: GnuTLS
  private let credentials: TLSCredentials
  private let session: GnuTLS.Handle
  /// Bytes of the run under way that were sent.
  private var runPosition = 0
  /// Pages are copied through it.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)

  /// Shakes hands at once.
  ///
  /// - Parameter expectedName: What the far end's certificate must be for, where the settings want that checked.
  init(
    adopting socket: consuming OwnedFD, peer: String, side: Side, expectedName: String?, settings: TLSSettings
  ) throws(Failure) {
    let library = try GnuTLS.open()
    let credentials = try TLSCredentials(settings, library: library)
    var made: GnuTLS.Handle?
    let result = library.makeSession(&made, (side == .client ? GnuTLS.client : GnuTLS.server) | GnuTLS.noSignal)
    guard let made else { throw TLSCredentials.failure("begin a TLS session", peer, result, library) }
    self.peer = peer
    self.socket = socket
    self.library = library
    self.credentials = credentials
    session = made
    try check("set TLS up", library.setCredentials(session, GnuTLS.certificates, credentials.handle))
    try check("set TLS up", library.setDefaultPriority(session))
    let raw = self.socket.borrowed().raw
    library.setSocket(session, raw, raw)
    library.setHandshakeTimeout(session, TLSChannel.handshakeMilliseconds)
    if side == .server {
      library.requestCertificate(session, GnuTLS.requireCertificate)
      library.hideAuthorities(session, 1)
    }
    try shakeHands()
    try verify(settings.checksName ? expectedName : nil)
    BorrowedFD(raw).watchFarEnd()
    _ = BorrowedFD(raw).trySetSocketOption(.tcpCork, 1)
  }

  deinit {
    library.freeSession(session)
    buffer.deallocate()
  }

  /// A head is a record of TLS by itself, and no record reaches over a boundary of 16 KiB within its run: CRIU's server
  /// takes a run in pieces of 64 KiB, and loses count when a record has more than the piece.
  func send(_ pieces: [UnsafeRawBufferPointer]) throws(Failure) {
    for piece in pieces {
      if piece.count == PageRequest.byteCount { runPosition = 0 }
      var done = 0
      while done < piece.count {
        let room = TLSChannel.recordByteCount - runPosition % TLSChannel.recordByteCount
        let result = library.send(session, piece.baseAddress! + done, min(piece.count - done, room))
        if TLSChannel.isRepeated(result) { continue }
        guard result >= 0 else { throw failure("send to", result) }
        done += result
        if piece.count != PageRequest.byteCount { runPosition += result }
      }
    }
  }

  func send(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    var left = byteCount
    while left > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
      let count = try pipe.withRaw { (pipe: CInt) throws(Failure) in
        try Linux.check("read the pages for", peer, remedy: "The task that gave them was killed: dump again.") {
          File.read(pipe, into: part)
        }
      }
      guard count > 0 else {
        throw Failure(
          "read the pages for", "\(peer): their pipe ended", .brokenPipe,
          remedy: "The task that gave them was killed: dump again.")
      }
      try send([UnsafeRawBufferPointer(rebasing: part[..<count])])
      left -= count
    }
  }

  /// What was received and not read yet, is no more than a record's rest: whoever reads whole answers leaves none.
  var descriptor: BorrowedFD { socket.borrowed() }

  func flush() { _ = socket.borrowed().trySetSocketOption(.tcpNoDelay, 1) }

  func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var done = 0
    while done < buffer.count {
      let count = try receiveSome(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      guard count > 0 else { break }
      done += count
    }
    return done
  }

  func receive(byteCount: Int, into sink: any PageSink) throws(Failure) -> Int {
    var done = 0
    while done < byteCount {
      let count = try receive(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(byteCount - done, buffer.count)]))
      guard count > 0 else { break }
      try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes)
      done += count
    }
    return done
  }

  func end(waits: Bool) {
    flush()
    while TLSChannel.isRepeated(
      Int(library.sayGoodbye(session, waits ? GnuTLS.closeBoth : GnuTLS.closeSending)))
    {}
  }

  func awaitEnd() { socket.borrowed().awaitClose() }

  private func receiveSome(_ buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      let result = library.receive(session, buffer.baseAddress!, buffer.count)
      if TLSChannel.isRepeated(result) { continue }
      if result == GnuTLS.prematureEnd { return 0 }
      guard result >= 0 else { throw failure("receive from", result) }
      return result
    }
  }

  private func shakeHands() throws(Failure) {
    while true {
      let result = library.handshake(session)
      if result == 0 { return }
      if library.isFatal(result) != 0 { throw failure("agree on TLS with", Int(result)) }
    }
  }

  private func verify(_ name: String?) throws(Failure) {
    var status: CUnsignedInt = 0
    let result =
      if let name {
        name.withCString { library.verifyPeer(session, $0, &status) }
      } else {
        library.verifyPeer(session, nil, &status)
      }
    try check("verify the certificate of", result)
    guard status != 0 else { return }
    end(waits: false)
    throw Failure(
      "trust the certificate of", "\(peer): \(TLSChannel.reasons(status, name))", .notPermitted,
      remedy: "Give it a certificate of the authority in --tls-cacert, made out for the name or address in --address;"
        + " --tls-no-cn-verify does without the name.")
  }

  /// The bits of gnutls_certificate_status_t that tell an administrator what to change.
  private static func reasons(_ status: CUnsignedInt, _ name: String?) -> String {
    let known: [(CUnsignedInt, String)] = [
      (1 << 5, "it is revoked"), (1 << 6, "its authority is not trusted"), (1 << 9, "it is not valid yet"),
      (1 << 10, "it has expired"), (1 << 14, "it is not made out for \(name ?? "its name")"),
    ]
    let reasons = known.filter { status & $0.0 != 0 }.map(\.1)
    return reasons.isEmpty ? "it is not valid (0x\(String(status, radix: 16)))" : reasons.joined(separator: ", ")
  }

  private func check(_ attempted: String, _ result: CInt) throws(Failure) {
    guard result >= 0 else { throw failure(attempted, Int(result)) }
  }

  private func failure(_ attempted: String, _ result: Int) -> Failure {
    Failure(
      attempted, "\(peer) (\(String(cString: library.text(CInt(truncatingIfNeeded: result)))))", .inputOutput,
      remedy: "See what the far end logged: both ends need --tls, and certificates that the other one trusts.")
  }

  private static func isRepeated(_ result: Int) -> Bool { result == GnuTLS.tryAgain || result == GnuTLS.interrupted }

  /// What one record of TLS holds.
  private static let recordByteCount = 16 << 10
  /// For both ends together.
  private static let handshakeMilliseconds: CUnsignedInt = 40_000
}
