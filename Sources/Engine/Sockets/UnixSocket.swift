internal import Images
internal import Linux
internal import Streams

/// Sockets of this machine (unix(7)).
enum UnixSocket: FileKind {
  static var type: FdTypes { .unixsk }

  /// Numbers of socket(2).
  enum SocketType {
    static let stream: UInt32 = 1
    static let datagram: UInt32 = 2
    static let sequenced: UInt32 = 5
  }

  /// Numbers of sock_diag(7), which are those of TCP.
  enum State {
    static let established: UInt32 = 1
    static let closed: UInt32 = 7
    static let listening: UInt32 = 10
  }

  /// unix_sk_entry.uflags
  enum Use {
    /// Not of the tree: only its name counts.
    static let external: UInt32 = 1
  }

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    try descriptor.socketFamily() == SocketAddress.unixFamily
  }

  /// What waits in it must be copied at once, and a path be looked at.
  static func canWait(_ descriptor: Descriptor, in dump: FileDump) throws(Failure) -> Bool {
    let description = try dump.states[UnixSocketDump.self].description(of: descriptor)
    return description.buffers != nil && !mayHoldPackets(description) && !UnixSocketName.isPath(description.name)
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let subject = descriptor.subject
    let seen = dump.states[UnixSocketDump.self]
    let description = try seen.description(of: descriptor)
    var record = try record(of: description, pendingAt: seen.listener(of: description), subject)
    record.id = id
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    record.opts = try SocketSettings.dump(
      descriptor.asked, family: SocketAddress.unixFamily, buffers: description.buffers, subject)
    try UnixSocketName.describe(description, of: descriptor, in: &record)
    seen.note(record, subject)
    try dump.states[SocketQueues.self].add(
      try queue(of: descriptor, description, subject), for: id, through: descriptor, in: dump)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.usk = record
    }
  }

  /// - Parameter listener: Inode of the listening socket that has not accepted this connection yet.
  static func record(
    of description: UnixSocketDescription, pendingAt listener: UInt32?, _ subject: String
  ) throws(Failure) -> UnixSkEntry {
    if listener != nil, description.writeQueue != 0 {
      throw Failure(
        "dump the connection", "\(subject): it is not accepted yet, and holds data that nobody can read", .notSupported,
        remedy: "Dump again when the server has accepted it.")
    }
    return UnixSkEntry {
      $0.ino = description.inode
      $0.type = UInt32(description.type)
      $0.state = UInt32(description.state)
      $0.backlog = description.writeQueue
      $0.peer = listener ?? description.peer
      $0.name = description.name
      $0.shutdown = SkShutdown.from(description.shutdown)
      $0.nsId = SocketNamespace.ownID
    }
  }

  private static func mayHoldPackets(_ description: UnixSocketDescription) -> Bool {
    if UInt32(description.state) == State.listening { return false }
    switch UInt32(description.type) {
    case SocketType.stream: return description.receiveQueue > 0
    // An unconnected one cannot be read.
    case SocketType.sequenced: return UInt32(description.state) == State.established
    default: return true
    }
  }

  private static func queue(
    of socket: Descriptor, _ description: UnixSocketDescription, _ subject: String
  ) throws(Failure) -> [QueuedPacket] {
    guard mayHoldPackets(description) else { return [] }
    return try socket.file.peekQueue(
      isStream: UInt32(description.type) == SocketType.stream,
      endsEmpty: UInt32(description.type) == SocketType.sequenced && description.shutdown & 1 != 0, subject)
  }

  static func complete(_ dump: FileDump) throws(Failure) {
    for record in try dump.states[UnixSocketDump.self].externalPeers(dump.options) {
      var record = record
      record.id = dump.takeID()
      dump.append(
        FileEntry {
          $0.type = type
          $0.id = record.id
          $0.usk = record
        })
    }
    dump.reorder(type, UnixSocketDump.peersFirst)
  }

  static func writeBlobs(of dump: FileDump, to sink: any ImageSink) throws(Failure) {
    try dump.states[SocketQueues.self].write(to: sink)
  }

  // MARK: Restore

  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    try plan.states[SocketQueues.self].load(from: source)
    plan.states[UnixSocketPlan.self].load(plan.records(of: type).compactMap(\.usk))
  }

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.usk, "usk")
    try plan.states[UnixSocketPlan.self].check(record, options: plan.options)
    for packet in plan.states[SocketQueues.self].packets[entry.id] ?? [] {
      for id in packet.rights where plan.key(ofID: id) == nil {
        throw Failure(
          "find the file in flight", "file \(id), in the queue of \(entry.key)", .badMessage,
          remedy: "The image is damaged: restore from another copy of the set.")
      }
    }
  }

  static func carried(by entry: FileEntry, in plan: FilePlan) -> [FileKey] {
    plan.states[SocketQueues.self].files(inFlightTo: entry.id, in: plan)
  }

  /// What --inherit-fd calls it.
  static func resource(_ record: UnixSkEntry) -> String { "socket:[\(record.ino)]" }

  /// Sockets that have to do with each other are made by one task.
  static func group(of entry: FileEntry, in plan: FilePlan) -> FileGroupKey {
    FileGroupKey(type: type, number: UInt64(plan.states[UnixSocketPlan.self].component(of: entry.id)))
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    var records: [UnixSkEntry] = []
    for entry in group.entries { records.append(try entry.require(entry.usk, "usk")) }
    let maker = UnixSocketMaker(
      records.filter { $0.uflags & Use.external == 0 }, plan: restore.plan.states[UnixSocketPlan.self],
      packets: restore.plan.states[SocketQueues.self].packets
    ) { restore.inherited(resource($0)) }
    let made = try maker.make().map { MadeFile(key: FileKey(type: type, id: $0.id), descriptor: $0.descriptor) }
    if maker.carriesFiles {
      for (id, partner) in maker.partners { maker.partners[id] = try restore.keepAside(partner) }
      restore.plan.states[UnixSocketsInFlight.self].makers.append(maker)
    }
    return made
  }

  /// Every file of the tree exists now, so those in flight can be sent.
  static func connect(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let makers = restore.plan.states[UnixSocketsInFlight.self].makers
    guard let maker = makers.first(where: { $0.records.first?.id == entry.id }) else { return }
    try maker.sendFiles { restore.number(of: FileKey(type: type, id: $0)).map { BorrowedFD($0) } } borrowing: {
      (id) throws(Failure) in
      guard let key = restore.plan.key(ofID: id) else { return nil }
      return try restore.borrow(key).release()
    }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.usk, "usk")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
