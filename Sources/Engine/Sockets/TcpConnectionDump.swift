internal import Images
internal import Linux
internal import Streams

/// The live TCP connections of a tree that is being dumped.
///
/// All are locked by one change of the firewall, and only then read: packets that were on their way between two of them
/// are either in both images or in none, and are sent again.
final class TcpConnectionDump: KindState {
  /// A descriptor of one.
  struct Place {
    let task: FrozenTask
    let number: CInt
    let key: FileKey
    let record: InetSkEntry
    let subject: String
  }

  private var places: [Place] = []
  private var connections: [(inode: UInt32, connection: TcpConnection)] = []
  /// Of the journal, that undo the lock.
  private var lockEntries: [Int] = []
  /// Of the journal, that end the repair mode.
  private var repairEntries: [Int] = []

  func note(_ place: Place) { places.append(place) }

  /// Once, after all descriptors of all tasks were seen.
  func conclude(_ dump: FileDump) throws(Failure) {
    guard !places.isEmpty else { return }
    lockEntries = try dump.networkLock.lock(endpoints, journal: dump.journal)
    var states: [FileKey: UInt32] = [:]
    for place in places {
      let connection = try during("dumping \(place.subject)") { () throws(Failure) in
        let socket = try copy(of: place)
        return try TcpConnection.read(
          socket.borrowed(), reusesAddress: place.record.opts.reuseaddr == true, place.subject)
      }
      states[place.key] = connection.state.rawValue
      connections.append((place.record.ino, connection))
    }
    dump.updateEach { if let state = states[$0.key] { $0.isk?.state = state } }
  }

  func writeBlobs(to sink: any ImageSink) throws(Failure) {
    for (inode, connection) in connections {
      let writer = try sink.recordWriter(.tcpStream, UInt64(inode))
      try writer.write(connection.record)
      let bytes = connection.received + connection.sent
      if !bytes.isEmpty { try writer.write(extra: bytes.span.bytes) }
      try writer.finish()
    }
  }

  /// The end of the freeze, with the set whole where the tree does not go on.
  ///
  /// A connection whose program goes on is unlocked. One whose program ends is put into repair mode, so that its end
  /// tells the peer nothing, and stays locked until it is restored.
  func leave(_ finalState: DumpOptions.FinalState, _ dump: FileDump) throws(Failure) {
    guard !places.isEmpty else { return }
    if finalState == .running { try dump.networkLock.unlock(endpoints) }
    for entry in lockEntries { dump.journal?.strike(entry) }
    guard finalState == .killed else { return }
    for place in places {
      let entry = try dump.journal?.enter(
        .connectionRepaired(
          pid: place.task.pid, descriptor: place.number, reusesAddress: place.record.opts.reuseaddr == true))
      if let entry { repairEntries.append(entry) }
      let socket = try copy(of: place)
      try socket.borrowed().beginTcpRepair(place.subject)
    }
  }

  /// The tree has ended, and its pids may soon be another's.
  func forget(_ dump: FileDump) {
    for entry in repairEntries { dump.journal?.strike(entry) }
    repairEntries = []
  }

  private var endpoints: Set<NetworkLock.Connection> { Set(places.map { NetworkLock.Connection($0.record) }) }

  private func copy(of place: Place) throws(Failure) -> OwnedFD {
    try copyDescriptor(place.number, of: try place.task.process(for: place.subject), place.subject)
  }
}
