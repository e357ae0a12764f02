internal import Images
internal import Linux

/// What a restore knows of unix sockets: which belong together, and who is whose peer.
final class UnixSocketPlan: KindState {
  /// By inode; those outside of the tree included.
  private(set) var sockets: [UInt32: UnixSkEntry] = [:]
  /// By file id, the smallest id of all that it has to do with.
  private var components: [UInt32: UInt32] = [:]

  /// Where a socket's name is bound: names are equal only in one directory and one namespace.
  struct Name: Hashable {
    let bytes: [UInt8]
    let directory: String?
    let namespace: UInt32?

    init(_ record: UnixSkEntry) {
      bytes = record.name
      directory = record.nameDir
      namespace = record.nsId
    }
  }

  func load(_ records: [UnixSkEntry]) {
    for record in records { sockets[record.ino] = record }
    components = UnixSocketPlan.components(of: records)
  }

  /// Sockets are of one component when one is the peer of the other, or both have one name: connections have the name
  /// of the listening socket that accepted them.
  static func components(of records: [UnixSkEntry]) -> [UInt32: UInt32] {
    var parents: [UInt32: UInt32] = [:]
    func root(_ id: UInt32) -> UInt32 {
      var id = id
      while let parent = parents[id], parent != id { id = parent }
      return id
    }
    func join(_ a: UInt32, _ b: UInt32) {
      let (a, b) = (root(a), root(b))
      parents[max(a, b)] = min(a, b)
    }
    var idsByInode: [UInt32: UInt32] = [:]
    var idsByName: [Name: UInt32] = [:]
    let own = records.filter { $0.uflags & UnixSocket.Use.external == 0 }.sorted { $0.id < $1.id }
    for record in own {
      parents[record.id] = record.id
      idsByInode[record.ino] = record.id
    }
    for record in own {
      if let peer = idsByInode[record.peer] { join(record.id, peer) }
      guard !record.name.isEmpty else { continue }
      let name = Name(record)
      if let other = idsByName[name] { join(record.id, other) } else { idsByName[name] = record.id }
    }
    return Dictionary(uniqueKeysWithValues: own.map { ($0.id, root($0.id)) })
  }

  func component(of id: UInt32) -> UInt32 { components[id] ?? id }

  /// - Returns: `nil` for none, and for one that is gone.
  func peer(of record: UnixSkEntry) -> UnixSkEntry? { record.peer == 0 ? nil : sockets[record.peer] }

  func check(_ record: UnixSkEntry, options: RestoreOptions) throws(Failure) {
    let subject = "file \(record.id), socket:[\(record.ino)]"
    func damaged(_ what: String) -> Failure {
      Failure(
        "use the socket", "\(subject): \(what)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    guard
      [UnixSocket.SocketType.stream, UnixSocket.SocketType.datagram, UnixSocket.SocketType.sequenced]
        .contains(record.type)
    else { throw damaged("type \(record.type)") }
    guard record.name.count <= 108 else { throw damaged("a name of \(record.name.count) bytes") }
    guard record.peer != 0, record.uflags == 0 else { return }
    if options.inherited.contains(where: { $0.resource == UnixSocket.resource(record) }) { return }
    guard let peer = sockets[record.peer] else {
      throw Failure(
        "find the peer of the socket", "\(subject): its peer socket:[\(record.peer)] is not of the tree", .noEntry,
        remedy: "Give a socket that takes its place: --inherit-fd 'fd[N]:socket:[\(record.ino)]'.")
    }
    if peer.uflags & UnixSocket.Use.external != 0, !options.sockets.externalUnix {
      throw Failure(
        "connect the socket", "\(subject): its peer is not of the tree", .notSupported,
        remedy: "Give --ext-unix-sk to connect it to whatever has that name now.")
    }
  }
}
