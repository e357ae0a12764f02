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

    fileprivate var forHelper: ConnectionHelper.Place {
      ConnectionHelper.Place(pid: task.pid, number: number, reusesAddress: record.opts.reuseaddr == true)
    }
  }

  /// `nil` where no harm is done when we are lost.
  var helper: ConnectionHelper?
  private var places: [Place] = []
  private var connections: [(inode: UInt32, connection: TcpConnection)] = []
  /// Of the journal, that undo the lock.
  private var lockEntries: [Int] = []

  func note(_ place: Place) { places.append(place) }

  /// Once, after all descriptors of all tasks were seen.
  func conclude(_ dump: FileDump) throws(Failure) {
    guard !places.isEmpty else { return }
    lockEntries = try dump.networkLock.lock(endpoints, journal: dump.journal)
    var states: [FileKey: UInt32] = [:]
    let answers = try withHelper { (helper, places) throws(Failure) in try helper.read(places) }
    for (index, place) in places.enumerated() {
      // What the helper could not, we cannot either, and say why.
      let connection: TcpConnection
      if let answer = answers?[index] { connection = answer } else {
        connection = try during("dumping \(place.subject)") { () throws(Failure) in try place.forHelper.read() }
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

  /// The end of the freeze, for a tree that is not killed. One that stays stopped stays locked.
  func leave(_ finalState: DumpOptions.FinalState, _ dump: FileDump) throws(Failure) {
    guard !places.isEmpty, finalState != .killed else { return }
    if finalState == .running { try dump.networkLock.unlock(endpoints) }
    for entry in lockEntries { dump.journal?.strike(entry) }
  }

  /// Sees to it that the end of the tree tells the peers nothing.
  func holdBack() throws(Failure) {
    guard !places.isEmpty else { return }
    _ = try withHelper { (helper, places) throws(Failure) in try helper.repair(places) }
  }

  /// As `holdBack`, and kills the tree, whose journal ends: connections stay locked until they are restored.
  ///
  /// - Parameter pids: Of the tasks that live.
  /// - Returns: False where there are none: all is left to the caller.
  func kill(_ pids: [Int32]) throws(Failure) -> Bool {
    guard !places.isEmpty else { return false }
    return try withHelper { (helper, places) throws(Failure) in try helper.repairAndKill(places, pids) } != nil
  }

  /// No connection stays in repair mode where the helper fails.
  private func withHelper<R>(
    _ body: (ConnectionHelper, [ConnectionHelper.Place]) throws(Failure) -> R
  ) throws(Failure) -> R? {
    guard let helper else { return nil }
    let places = places.map(\.forHelper)
    do throws(Failure) { return try body(helper, places) } catch {
      for place in places { _ = ifThere { () throws(Failure) in try place.endRepair(probing: false) } }
      throw error
    }
  }

  private var endpoints: Set<NetworkLock.Connection> { Set(places.map { NetworkLock.Connection($0.record) }) }
}
