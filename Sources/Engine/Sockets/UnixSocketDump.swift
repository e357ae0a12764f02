internal import Images
internal import Linux

/// What a dump knows of unix sockets: the kernel's list, read once while the tree is frozen, and those of the tree.
final class UnixSocketDump: KindState {
  private var table: UnixSocketTable?
  /// Clients that wait to be accepted, and the listening sockets that they wait for.
  private var listeners: [UInt32: UInt32] = [:]
  /// By inode.
  private var records: [UInt32: (record: UnixSkEntry, subject: String)] = [:]

  private func known() throws(Failure) -> UnixSocketTable {
    if let table { return table }
    let table = try UnixSocketTable.read()
    self.table = table
    for socket in table.sockets.values {
      for client in socket.waiting where client != 0 { listeners[client] = socket.inode }
    }
    return table
  }

  /// - Throws: `EOPNOTSUPP` it is of another network namespace.
  func description(of socket: Descriptor) throws(Failure) -> UnixSocketDescription {
    let inode = UInt32(truncatingIfNeeded: socket.status.inode)
    if let description = try known().sockets[inode] { return description }
    try SocketNamespace.check(socket.file, socket.subject)
    return try description(of: inode, socket.subject)
  }

  private func description(of inode: UInt32, _ subject: String) throws(Failure) -> UnixSocketDescription {
    if let description = try known().sockets[inode] { return description }
    throw Failure(
      "find the socket in the kernel's list", "\(subject), socket:[\(inode)]", .noEntry,
      remedy: "It may be of another network namespace: run criu in that one.")
  }

  func listener(of client: UnixSocketDescription) -> UInt32? { listeners[client.inode] }

  func note(_ record: UnixSkEntry, _ subject: String) { records[record.ino] = (record, subject) }

  /// The sockets outside of the tree that datagram sockets of the tree are connected to, as far as the user allows.
  ///
  /// - Returns: A record each, without an id.
  func externalPeers(_ options: DumpOptions) throws(Failure) -> [UnixSkEntry] {
    var external: [UInt32: UnixSkEntry] = [:]
    let looked = records.values.filter { record, _ in
      record.state == UnixSocket.State.listening || record.peer != 0 && records[record.peer] == nil
    }
    for (record, subject) in looked.sorted(by: { $0.record.id < $1.record.id }) {
      try checkClients(waitingAt: record.ino, subject)
      guard record.peer != 0, records[record.peer] == nil, !isNamedByUser(record, options) else { continue }
      external[record.peer] = try externalPeer(of: record, subject, options)
    }
    return external.values.sorted { $0.ino < $1.ino }
  }

  private func externalPeer(
    of record: UnixSkEntry, _ subject: String, _ options: DumpOptions
  ) throws(Failure) -> UnixSkEntry {
    func refused(_ why: String, _ remedy: String) -> Failure {
      Failure(
        "dump the connection", "\(subject), socket:[\(record.ino)]: its peer socket:[\(record.peer)] \(why)",
        .notSupported, remedy: remedy)
    }
    guard options.sockets.externalUnix else {
      throw refused(
        "is not of the tree",
        "Dump the peer's process with it, or give --external 'unix[\(record.ino)]' or --ext-unix-sk.")
    }
    guard record.type == UnixSocket.SocketType.datagram else {
      throw refused(
        "is not of the tree, and a stream cannot be cut in two",
        "Give --external 'unix[\(record.ino)]' here, and --inherit-fd 'fd[N]:socket:[\(record.ino)]' at the restore.")
    }
    let peer = try description(of: record.peer, subject)
    guard !peer.name.isEmpty else {
      throw refused(
        "has no name to connect to",
        "Give --external 'unix[\(record.ino)]' here, and --inherit-fd 'fd[N]:socket:[\(record.ino)]' at the restore.")
    }
    return UnixSkEntry {
      $0.ino = peer.inode
      $0.type = UnixSocket.SocketType.datagram
      $0.state = UnixSocket.State.listening
      $0.uflags = UnixSocket.Use.external
      $0.name = peer.name
    }
  }

  /// Upstream looks for the peer of a socket among those before it, unless each is the other's.
  static func peersFirst(_ files: [FileEntry]) -> [FileEntry] {
    let inodes = files.indices.compactMap { index in files[index].usk.map { ($0.ino, index) } }
    let byInode = Dictionary(inodes) { first, _ in first }
    var ordered: [FileEntry] = []
    var seen = [Bool](repeating: false, count: files.count)
    func visit(_ index: Int) {
      guard !seen[index] else { return }
      seen[index] = true
      if let peer = (files[index].usk?.peer).flatMap({ byInode[$0] }) { visit(peer) }
      ordered.append(files[index])
    }
    for index in files.indices { visit(index) }
    return ordered
  }

  /// --external unix[inode]
  private func isNamedByUser(_ record: UnixSkEntry, _ options: DumpOptions) -> Bool {
    options.sockets.externalUnixInodes.contains(record.ino)
      || options.external.contains { $0.kind == .unixSocket && $0.id == "\(record.ino)" }
  }

  /// A client that is gone or not of the tree would be lost, and accept(2) would wait for it for ever.
  private func checkClients(waitingAt inode: UInt32, _ subject: String) throws(Failure) {
    let lost = table?.sockets[inode]?.waiting.filter { records[$0] == nil } ?? []
    guard !lost.isEmpty else { return }
    throw Failure(
      "dump the listening socket",
      "\(subject), socket:[\(inode)]: \(lost.count) clients that are not of the tree wait to be accepted",
      .notSupported, remedy: "Dump again when the program has accepted them.")
  }
}
