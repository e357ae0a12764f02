internal import Images
internal import Linux

/// Datagram sockets, and the queues of all.
extension UnixSocketMaker {
  // MARK: Datagrams

  /// A datagram socket without a name that another one is connected to, or that was connected to one that is gone: only
  /// socketpair(2) makes such.
  func isPairedDatagram(_ record: UnixSkEntry) -> Bool { pairOfDatagram(record) != nil || isOrphan(record) }

  /// The other one of such a pair.
  private func pairOfDatagram(_ record: UnixSkEntry) -> UnixSkEntry? {
    func isUnnamed(_ socket: UnixSkEntry) -> Bool { socket.name.isEmpty && socket.uflags == 0 }
    if let peer = plan.peer(of: record), isUnnamed(peer), peer.ino != record.ino { return peer }
    guard isUnnamed(record) else { return nil }
    return records.first { $0.peer == record.ino && $0.ino != record.ino }
  }

  private func isOrphan(_ record: UnixSkEntry) -> Bool {
    record.type == UnixSocket.SocketType.datagram && record.name.isEmpty && record.peer == 0
      && record.state == UnixSocket.State.established
  }

  func connectDatagrams() throws(Failure) {
    let datagrams = records.filter { $0.type == UnixSocket.SocketType.datagram }
    for record in datagrams where made[record.id] == nil {
      let pair = try makeSocketPair(type: record.type)
      made[record.id] = BorrowedFD(pair.0)
      if let other = pairOfDatagram(record) {
        made[other.id] = BorrowedFD(pair.1)
        for end in [record, other] where !end.name.isEmpty {
          try nodes.bind(made[end.id]!, end, subject(end))
        }
      } else {
        partners[record.id] = BorrowedFD(pair.1)
      }
    }
    // Before they are connected, anybody may send to them; files in flight are sent when they are there.
    for record in datagrams where queuer(of: record) == nil && partners[record.id] == nil {
      if packets[record.id]?.allSatisfy(\.rights.isEmpty) == true { try fillFromNobody(record) }
    }
    for record in inOrderOfConnecting(datagrams) { try connectDatagram(record) }
  }

  /// One that is connected elsewhere takes no connection any more, so clients come before what they are connected to.
  private func inOrderOfConnecting(_ records: [UnixSkEntry]) -> [UnixSkEntry] {
    var ordered: [UnixSkEntry] = []
    var seen: Set<UInt32> = []
    func visit(_ record: UnixSkEntry) {
      guard seen.insert(record.id).inserted else { return }
      for client in records where client.peer == record.ino { visit(client) }
      ordered.append(record)
    }
    for record in records { visit(record) }
    return ordered
  }

  private func connectDatagram(_ record: UnixSkEntry) throws(Failure) {
    guard let socket = made[record.id], inherited(record) == nil else { return }
    if let pair = pairOfDatagram(record) {
      guard record.peer != pair.ino else { return }
      // Made with a peer that it is not connected to: away from it, and the peer is not to hear of that.
      try socket.connect(to: .unspecified, subject(record))
      if let other = made[pair.id] { _ = try other.socketOption(.error, subject(pair)) }
    }
    guard let peer = plan.peer(of: record) else { return }
    try nodes.connect(socket, to: peer, subject(record))
  }

  // MARK: Queues

  /// The socket of the tree that can send to this one as its peer.
  private func queuer(of record: UnixSkEntry) -> UnixSkEntry? {
    if let peer = plan.peer(of: record), peer.peer == record.ino { return peer }
    guard record.peer == 0 else { return nil }
    return records.first { $0.peer == record.ino && $0.type == record.type && !isPending($0) }
  }

  func fillQueues() throws(Failure) {
    for record in records where packets[record.id] != nil && inherited(record) == nil {
      if let partner = partners[record.id] {
        try fill(record, through: partner)
      } else if let sender = queuer(of: record).flatMap({ made[$0.id] }) {
        try fill(record, through: sender)
      } else if packets[record.id]!.contains(where: { !$0.rights.isEmpty }) {
        try fillFromNobody(record)
      }
    }
  }

  private func fillFromNobody(_ record: UnixSkEntry) throws(Failure) {
    guard packets[record.id] != nil, !record.name.isEmpty else { return }
    // By address: a connection would show in the state of both.
    let sender = try makeSocket(family: SocketAddress.unixFamily, type: record.type)
    try nodes.within(record) { () throws(Failure) in
      try fill(record, through: sender.borrowed(), to: nodes.address(of: record))
    }
  }

  /// - Parameter address: Of the record's socket, for a sender that is not its peer.
  private func fill(
    _ record: UnixSkEntry, through sender: BorrowedFD, to address: SocketAddress? = nil
  ) throws(Failure) {
    let packets = packets[record.id] ?? []
    // What one sender had in flight may have come from several, in other pieces: give it room. Its record has its own.
    let room = UInt32(clamping: packets.reduce(1 << 20) { $0 + 4 * $1.bytes.count })
    if sender.trySetSocketOption(.sendBufferForced, room) != nil {
      _ = sender.trySetSocketOption(.sendBuffer, room)
    }
    for packet in packets {
      let files = packet.rights.compactMap { self.files[$0] }
      try sender.send(packet.bytes[...], to: address, with: files, subject(record))
    }
  }
}
