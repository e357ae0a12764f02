internal import Images
internal import Linux

/// A live TCP connection, from one repaired socket to another (tcp(7), TCP_REPAIR): its queues, sequence numbers and
/// options.
///
/// What a FIN does to the numbers: it counts as one byte of its direction, and is no byte of any queue. Images have
/// queues without it and sequence numbers with it.
struct TcpConnection {
  var record: TcpStreamEntry
  var received: [UInt8]
  var sent: [UInt8]
  /// As the socket says: TCP_ESTABLISHED 1, ...
  var state: TcpState

  // tcpi_options of struct tcp_info.
  private enum Agreed {
    static let timestamps: UInt32 = 1
    static let selectiveAcknowledgement: UInt32 = 2
    static let windowScale: UInt32 = 4
  }

  // MARK: Dump

  /// Reads all of it; the network must be locked, or the two ends of one connection may not fit each other. What can be
  /// read without repair mode is: no program may go on while its socket is in it.
  static func read(_ socket: BorrowedFD, reusesAddress: Bool, _ subject: String) throws(Failure) -> TcpConnection {
    let information = try socket.socketOption(.tcpInformation, byteCount: 8, subject)
    guard information.count >= 7, let state = TcpState(rawValue: UInt32(information[0])), state.isConnection else {
      throw Failure(
        "dump the TCP connection", "\(subject): its state is \(information.first ?? 0)", .notSupported,
        remedy: "Dump again when the handshake is over, or give --tcp-close.")
    }
    var record = TcpStreamEntry()
    record.optMask = UInt32(information[5])
    if record.optMask & Agreed.windowScale != 0 {
      record.sndWscale = UInt32(information[6] & 0xf)
      record.rcvWscale = UInt32(information[6] >> 4)
    }
    if record.optMask & Agreed.timestamps != 0 { record.timestamp = try socket.socketOption(.tcpTimestamp, subject) }
    var unacknowledged = try socket.tcpUnacknowledgedByteCount(subject)
    var unsent = try socket.tcpUnsentByteCount(subject)
    if state == .closed { (unacknowledged, unsent) = (0, 0) }  // of a reset connection: nobody is to get it
    if state.hasSentFin { (unacknowledged, unsent) = (max(0, unacknowledged - 1), max(0, unsent - 1)) }
    var received = [UInt8](repeating: 0, count: try socket.tcpReadableByteCount(subject) + 1)
    try socket.peekTcpQueue(into: &received, subject)
    var sent = [UInt8](repeating: 0, count: unacknowledged + 1)

    try socket.beginTcpRepair(subject)
    let result = Result { () throws(Failure) in try readRepaired(socket, &record, sent: &sent, subject) }
    // Without a probe: nothing may show outside.
    try socket.endTcpRepair(probing: false, reusesAddress: reusesAddress, subject)
    try result.get()

    record.inqLen = UInt32(received.count)
    record.outqLen = UInt32(sent.count)
    record.unsqLen = UInt32(unsent)
    return TcpConnection(record: record, received: received, sent: sent, state: state)
  }

  private static func readRepaired(
    _ socket: BorrowedFD, _ record: inout TcpStreamEntry, sent: inout [UInt8], _ subject: String
  ) throws(Failure) {
    record.mssClamp = try socket.socketOption(.tcpMaximumSegment, subject)
    if let window = try socket.tcpWindow(subject) {
      (record.sndWl1, record.sndWnd, record.maxWindow) = (window.lastUpdate, window.send, window.largestSend)
      (record.rcvWnd, record.rcvWup) = (window.receive, window.receiveStart)
    }
    try socket.chooseTcpQueue(.receive, subject)
    record.inqSeq = try socket.socketOption(.tcpQueueSequence, subject)
    try socket.chooseTcpQueue(.send, subject)
    record.outqSeq = try socket.socketOption(.tcpQueueSequence, subject)
    try socket.peekTcpQueue(into: &sent, subject)
  }

  // MARK: Restore

  /// Sequence numbers without the FINs.
  private var receivedEnd: UInt32 { record.inqSeq &- (state.hasReceivedFin ? 1 : 0) }
  private var sentEnd: UInt32 { record.outqSeq &- (state.hasSentFin ? 1 : 0) }

  /// First step, on a fresh socket that is in repair mode and bound: it is connected, with empty queues, and no packet
  /// went out. (But a handshake that was under way begins anew.)
  func connect(_ socket: BorrowedFD, to peer: SocketAddress, _ subject: String) throws(Failure) {
    try socket.chooseTcpQueue(.receive, subject)
    try socket.setSocketOption(.tcpQueueSequence, receivedEnd &- record.inqLen, subject)
    try socket.chooseTcpQueue(.send, subject)
    try socket.setSocketOption(.tcpQueueSequence, sentEnd &- record.outqLen &- (state == .synSent ? 1 : 0), subject)
    guard state != .synSent else { return try beginHandshake(socket, with: peer, subject) }
    try connectInRepair(socket, to: peer, subject)
    var options: [BorrowedFD.TcpHandshakeOption] = []
    if record.optMask & Agreed.selectiveAcknowledgement != 0 { options.append(.selectiveAcknowledgement) }
    if record.optMask & Agreed.windowScale != 0 {
      options.append(.windowScale(send: record.sndWscale, receive: record.rcvWscale ?? 0))
    }
    if record.optMask & Agreed.timestamps != 0 { options.append(.timestamps) }
    options.append(.maximumSegment(record.mssClamp))
    try socket.setTcpHandshake(options, subject)
    try setTimestamp(socket, subject)
  }

  /// TCP_MAXSEG of tcp(7) is at most this.
  private static let largestMaximumSegment: UInt32 = 32767

  /// A connect(2) in repair mode agrees on nothing with the peer, and the kernel assumes the smallest segments that there
  /// are; over the loopback they would stay as small until much was sent. A size that the socket asks for it believes.
  private func connectInRepair(_ socket: BorrowedFD, to peer: SocketAddress, _ subject: String) throws(Failure) {
    if record.mssClamp > 0 {
      try socket.setSocketOption(.tcpMaximumSegment, min(record.mssClamp, Self.largestMaximumSegment), subject)
    }
    try socket.connect(to: peer, subject)
    try socket.setSocketOption(.tcpMaximumSegment, 0, subject)
  }

  private func beginHandshake(_ socket: BorrowedFD, with peer: SocketAddress, _ subject: String) throws(Failure) {
    let flags = try socket.flags(subject)
    try socket.setFlags(flags | Int32(FileFlags.nonBlocking), subject)
    try socket.endTcpRepair(probing: false, subject)
    do throws(Failure) { try socket.connect(to: peer, subject) } catch {
      guard error.errno == .inProgress else { throw error }
    }
    try socket.beginTcpRepair(subject)
    try socket.setFlags(flags, subject)
    try setTimestamp(socket, subject)
  }

  private func setTimestamp(_ socket: BorrowedFD, _ subject: String) throws(Failure) {
    guard record.optMask & Agreed.timestamps != 0, let timestamp = record.timestamp else { return }
    try socket.setSocketOption(.tcpTimestamp, timestamp, subject)
  }

  /// Second step, when both ends of a connection within the tree exist: queues, window, FINs. The socket stays in repair
  /// mode.
  ///
  /// - Parameter addresses: Of the connection, without ports.
  func fill(_ socket: BorrowedFD, ports: (own: UInt16, peer: UInt16), own: [UInt32], peer: [UInt32], _ subject: String)
    throws(Failure)
  {
    for (option, byteCount) in [(SocketOption.receiveBufferForced, received.count), (.sendBufferForced, sent.count)]
    where byteCount > 0 {
      try socket.setSocketOption(option, UInt32(2 * byteCount + 65536), subject)
    }
    if !received.isEmpty {
      try socket.chooseTcpQueue(.receive, subject)
      try socket.fillTcpQueue(received[...], subject)
    }
    let unsent = Int(record.unsqLen ?? 0)
    let inFlight = sent.dropLast(unsent)
    if !inFlight.isEmpty {
      try socket.chooseTcpQueue(.send, subject)
      try socket.fillTcpQueue(inFlight, subject)
    }
    if unsent > 0 {
      // What never left is sent as the program sent it.
      try socket.endTcpRepair(probing: false, subject)
      try socket.fillTcpQueue(sent.suffix(unsent), subject)
      try socket.beginTcpRepair(subject)
    }
    if let window = try window(subject) { try socket.setTcpWindow(window, subject) }

    var segment = TcpSegment(
      sourcePort: ports.peer, destinationPort: ports.own, source: peer.unmapped, destination: own.unmapped,
      sequence: receivedEnd, acknowledged: sentEnd &- record.outqLen, flags: [.fin, .acknowledgement],
      window: UInt16(truncatingIfNeeded: record.rcvWnd ?? 0))
    if state.sentFinFirst { try sendFin(socket, subject) }
    if state.hasReceivedFin { try segment.send(mark: NetworkLock.mark, subject) }
    if state.hasSentFin, !state.sentFinFirst { try sendFin(socket, subject) }
    if state.isFinAcknowledged {
      if state == .closed { segment.sequence &+= 1 }
      segment.acknowledged &+= 1
      segment.flags = .acknowledgement
      try segment.send(mark: NetworkLock.mark, subject)
    }
  }

  private func window(_ subject: String) throws(Failure) -> BorrowedFD.TcpWindow? {
    guard let send = record.sndWnd else { return nil }
    let fin: UInt32 = state.hasReceivedFin ? 1 : 0  // it comes again, and takes its room then
    return BorrowedFD.TcpWindow(
      lastUpdate: record.sndWl1 ?? 0, send: send, largestSend: record.maxWindow ?? send,
      receive: (record.rcvWnd ?? 0) &+ fin, receiveStart: (record.rcvWup ?? 0) &- fin)
  }

  /// One that the peer has acknowledged goes into the queue as sent.
  private func sendFin(_ socket: BorrowedFD, _ subject: String) throws(Failure) {
    if state.isFinAcknowledged { try socket.chooseTcpQueue(.send, subject) }
    try socket.shutDown(2, subject)
    if state.isFinAcknowledged { try socket.chooseTcpQueue(.none, subject) }
  }
}

/// Of RFC 9293 section 3.3.2, as tcp_states.h numbers them.
enum TcpState: UInt32 {
  case established = 1
  case synSent = 2
  case synReceived = 3
  case finWait1 = 4
  case finWait2 = 5
  case timeWait = 6
  case closed = 7
  case closeWait = 8
  case lastAcknowledgement = 9
  case listening = 10
  case closing = 11

  /// What can be repaired.
  var isConnection: Bool { ![.synReceived, .timeWait, .listening].contains(self) }
  /// Our FIN is sent, and was so before the peer's came.
  var sentFinFirst: Bool { [.finWait1, .finWait2, .closing].contains(self) }
  var hasSentFin: Bool { sentFinFirst || self == .lastAcknowledgement || self == .closed }
  var hasReceivedFin: Bool { [.closeWait, .lastAcknowledgement, .closing, .closed].contains(self) }
  /// The peer has our FIN.
  var isFinAcknowledged: Bool { self == .finWait2 || self == .closed }
}
