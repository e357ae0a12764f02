internal import Images
internal import Linux

/// Makes unix sockets that have to do with each other, in one process: pairs, listening sockets and their connections,
/// datagram sockets and who they are connected to, and then what waits in them.
///
/// 1. Connections whose listening socket is gone come from one that is bound for the moment.
/// 2. All that is bound is bound, and listens.
/// 3. Connections are made: by socketpair(2) without a name, else by connect(2) and accept(2), so that the accepted end
///    has the listening socket's name, as it had.
/// 4. Queues are filled, by the peer where there is one.
/// 5. Clients that nobody accepted yet connect, sides are shut down, and options are set.
///
/// Where files are in flight to one of them, queues are filled later, when every file of the tree exists.
final class UnixSocketMaker {
  let records: [UnixSkEntry]
  let plan: UnixSocketPlan
  let packets: [UInt32: [SocketQueues.Packet]]
  let inherited: (UnixSkEntry) -> BorrowedFD?
  let nodes: UnixSocketNodes
  /// Files are in flight to one of the sockets.
  let carriesFiles: Bool
  /// By file id.
  var made: [UInt32: BorrowedFD] = [:]
  /// Far ends that no process has any more; by the file id of the near one. Closed when the queue is filled.
  var partners: [UInt32: BorrowedFD] = [:]

  /// Copies of files in flight, by their ids, while queues are filled.
  var files: [UInt32: CInt] = [:]

  /// - Parameters:
  ///   - records: By ascending id, none of an external socket.
  ///   - packets: What waits in each, by file id.
  ///   - inherited: What the user gave to take a socket's place.
  init(
    _ records: [UnixSkEntry], plan: UnixSocketPlan, packets: [UInt32: [SocketQueues.Packet]],
    inherited: @escaping (UnixSkEntry) -> BorrowedFD?
  ) {
    self.records = records
    self.plan = plan
    self.packets = packets
    self.inherited = inherited
    nodes = UnixSocketNodes()
    carriesFiles = records.contains { packets[$0.id]?.contains { !$0.rights.isEmpty } ?? false }
  }

  func make() throws(Failure) -> [(id: UInt32, descriptor: CInt)] {
    for record in records {
      guard let given = inherited(record) else { continue }
      made[record.id] = BorrowedFD(try given.duplicate(from: 0, subject(record)))
    }
    try connectAtGoneListeners()
    let standing = records.filter { made[$0.id] == nil && stands(alone: $0) }
    for record in standing where record.deleted == true { try bind(record) }
    for record in standing where record.deleted != true { try bind(record) }
    for record in records where record.type != UnixSocket.SocketType.datagram { try connect(record) }
    try connectDatagrams()
    if !carriesFiles {
      try fillQueues()
      for partner in partners.values { partner.close() }
    }
    for record in records where isPending(record) { try connectPending(record) }
    if !carriesFiles { try settleAll() }
    try nodes.finish()
    return records.compactMap { record in made[record.id].map { (record.id, $0.raw) } }
  }

  /// What `make` left to be done where files are in flight.
  ///
  /// - Parameters:
  ///   - number: Where a socket stands now.
  ///   - borrow: A copy of a file by its id, which the caller closes; `nil` for none.
  func sendFiles(
    number: (UInt32) -> BorrowedFD?, borrowing borrow: (UInt32) throws(Failure) -> CInt?
  ) throws(Failure) {
    for record in records { made[record.id] = number(record.id) }
    var files: [UInt32: CInt] = [:]
    defer { for file in files.values { BorrowedFD(file).close() } }
    for id in records.flatMap({ packets[$0.id] ?? [] }).flatMap(\.rights) where files[id] == nil {
      files[id] = try borrow(id)
    }
    self.files = files
    try fillQueues()
    try settleAll()
  }

  private func settleAll() throws(Failure) {
    for record in records where inherited(record) == nil { try settle(record) }
  }

  func subject(_ record: UnixSkEntry) -> String {
    let name =
      record.name.isEmpty ? "" : ", \"\(String(decoding: record.name.map { $0 == 0 ? 64 : $0 }, as: UTF8.self))\""
    return "file \(record.id), socket:[\(record.ino)]\(name)"
  }

  // MARK: What a record is

  /// Whether it comes from socket(2) rather than from a connection.
  private func stands(alone record: UnixSkEntry) -> Bool {
    if record.type == UnixSocket.SocketType.datagram { return !isPairedDatagram(record) }
    return record.state != UnixSocket.State.established || isPending(record)
  }

  /// A client that waits for a listening socket.
  func isPending(_ record: UnixSkEntry) -> Bool {
    guard record.type != UnixSocket.SocketType.datagram else { return false }
    return plan.peer(of: record)?.state == UnixSocket.State.listening
  }

  /// A connected end whose name is that of a listening socket, so that accept(2) made it.
  private func isAccepted(_ record: UnixSkEntry) -> Bool { listener(of: record) != nil }

  private func listener(of record: UnixSkEntry) -> UnixSkEntry? {
    guard !record.name.isEmpty, record.state == UnixSocket.State.established else { return nil }
    return records.first {
      $0.state == UnixSocket.State.listening && $0.type == record.type
        && UnixSocketPlan.Name($0) == UnixSocketPlan.Name(record)
    }
  }

  /// The other end of a stream; `nil` when it is gone.
  private func farEnd(of record: UnixSkEntry) -> UnixSkEntry? {
    guard let peer = plan.peer(of: record), peer.peer == record.ino, peer.ino != record.ino else { return nil }
    return peer
  }

  // MARK: Bound sockets

  private func bind(_ record: UnixSkEntry) throws(Failure) {
    let socket = try makeSocket(family: SocketAddress.unixFamily, type: record.type)
    if !record.name.isEmpty { try nodes.bind(socket.borrowed(), record, subject(record)) }
    if record.state == UnixSocket.State.listening {
      try socket.borrowed().listen(backlog: record.backlog, subject(record))
    }
    made[record.id] = BorrowedFD(socket.release())
  }

  // MARK: Streams

  /// Accepted ends whose listening socket is not of the tree any more.
  private func connectAtGoneListeners() throws(Failure) {
    var listeners: [UnixSocketPlan.Name: (socket: BorrowedFD, record: UnixSkEntry)] = [:]
    for record in records {
      guard record.type != UnixSocket.SocketType.datagram, record.state == UnixSocket.State.established,
        !record.name.isEmpty, !isPending(record), made[record.id] == nil, !isAccepted(record)
      else { continue }
      if let far = farEnd(of: record), made[far.id] != nil || isAccepted(far) { continue }
      let name = UnixSocketPlan.Name(record)
      if listeners[name] == nil {
        let listener = try makeSocket(family: SocketAddress.unixFamily, type: record.type)
        try nodes.bind(listener.borrowed(), record, subject(record))
        try listener.borrowed().listen(backlog: 128, subject(record))
        listeners[name] = (BorrowedFD(listener.release()), record)
      }
      try accept(record, at: listeners[name]!.socket, bound: listeners[name]!.record)
    }
    for (name, listener) in listeners {
      listener.socket.close()
      // The path comes back with the socket that is bound to it, if there is one.
      if records.contains(where: { stands(alone: $0) && UnixSocketPlan.Name($0) == name }) {
        try nodes.remove(listener.record)
      }
    }
  }

  private func connect(_ record: UnixSkEntry) throws(Failure) {
    guard record.state == UnixSocket.State.established, made[record.id] == nil, !isPending(record) else { return }
    if let listener = listener(of: record), let socket = made[listener.id] {
      try accept(record, at: socket, bound: listener)
      return
    }
    if let far = farEnd(of: record) {
      // Its far end is the accepted one, and makes both when its turn comes.
      if isAccepted(far) { return }
      let pair = try makeSocketPair(type: record.type)
      (made[record.id], made[far.id]) = (BorrowedFD(pair.0), BorrowedFD(pair.1))
    } else {
      let pair = try makeSocketPair(type: record.type)
      (made[record.id], partners[record.id]) = (BorrowedFD(pair.0), BorrowedFD(pair.1))
    }
  }

  /// Makes a client, and the accepted end from it.
  ///
  /// - Parameter bound: The record under which the listening socket was bound.
  private func accept(_ record: UnixSkEntry, at listener: BorrowedFD, bound: UnixSkEntry) throws(Failure) {
    let client = try makeSocket(family: SocketAddress.unixFamily, type: record.type)
    let far = farEnd(of: record)
    if let far, !far.name.isEmpty { try nodes.bind(client.borrowed(), far, subject(far)) }
    try nodes.connect(client.borrowed(), to: bound, subject(record))
    made[record.id] = BorrowedFD(try listener.accept(subject(record)).release())
    if let far {
      made[far.id] = BorrowedFD(client.release())
    } else {
      partners[record.id] = BorrowedFD(client.release())
    }
  }

  private func connectPending(_ record: UnixSkEntry) throws(Failure) {
    guard let listener = plan.peer(of: record), let socket = made[record.id] else { return }
    try socket.setFlags(Int32(FileFlags.nonBlocking), subject(record))
    try nodes.connect(socket, to: listener, subject(record))
  }

  // MARK: Last

  private func settle(_ record: UnixSkEntry) throws(Failure) {
    guard let socket = made[record.id] else {
      throw Failure(
        "make the socket", subject(record), .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    if let sides = record.shutdown, sides.rawValue != 0 { try socket.shutDown(sides.rawValue, subject(record)) }
    try SocketSettings.restore(record.opts, on: socket, subject(record))
    try socket.restoreStatusFlags(record.flags, of: FileKey(type: .unixsk, id: record.id))
  }
}
