internal import Images
internal import Linux
internal import Streams

/// Stops the whole network of a tree that lives in another network namespace than ours, from its dump until it is
/// restored, or goes on (criu(8), --network-lock): no packet passes there but those that have our mark.
///
/// It is decided by the root task. Whatever else lives in that namespace waits too. The names and the form of the rules
/// are those of upstream, so that either undoes what the other did.
struct WholeNetworkLock {
  private let namespace: NetworkNamespace
  private let rootPid: Int32
  private let scripts: ActionScripts
  private let changes: [NetworkLock.Change]

  /// - Returns: `nil` where the tree has the network that we have.
  private init?(_ lock: NetworkLock, rootPid: Int32, scripts: ActionScripts) throws(Failure) {
    namespace = try NetworkNamespace(of: rootPid)
    guard namespace != (try NetworkNamespace.own()) else { return nil }
    self.rootPid = rootPid
    self.scripts = scripts
    changes = lock.wholeNetwork()
  }

  // MARK: Dump

  /// Locks the network of a frozen tree, before anything of it is read.
  ///
  /// - Returns: `nil` where the tree has the network that we have.
  static func lock(
    of root: FrozenTask, _ lock: NetworkLock, scripts: ActionScripts, journal: any Journal, log: Log
  ) throws(Failure) -> Held? {
    try during("locking the network of \(root.subject)") { () throws(Failure) in
      try WholeNetworkLock(lock, rootPid: root.pid, scripts: scripts)?.lock(journal: journal, log: log)
    }
  }

  /// A lock that is in force.
  struct Held {
    fileprivate let lock: WholeNetworkLock
    fileprivate let entries: [Int]
    fileprivate let journal: any Journal
    fileprivate let log: Log

    /// The end of the freeze, with the set whole where the tree does not go on.
    func leave(_ finalState: DumpOptions.FinalState) throws(Failure) {
      if finalState == .running { try lock.unlock(log: log) }
      for entry in entries { journal.strike(entry) }
    }

    /// After a failure: the journal takes the rules out, the user's scripts are told.
    func abandon() {
      do throws(Failure) { try lock.scripts.run(.networkUnlock, rootPid: lock.rootPid, log: log) } catch {
        log.warning(error.description)
      }
    }
  }

  private func lock(journal: any Journal, log: Log) throws(Failure) -> Held {
    try scripts.run(.networkLock, rootPid: rootPid, log: log)
    let entries = try namespace.run { () throws(Failure) in
      var entries: [Int] = []
      for change in changes {
        entries.append(
          try journal.enter(.firewallChanged(change.firewall, undoText: change.undo, in: namespace)))
        try change.firewall.run(change.make)
      }
      return entries
    }
    return Held(lock: self, entries: entries, journal: journal, log: log)
  }

  // MARK: Restore

  /// Ends the lock where the restored tree lives, if it is there: the tree may come into another network than the one
  /// that was locked.
  static func unlock(_ plan: RestorePlan, _ sockets: SocketOptions, scripts: ActionScripts, log: Log) throws(Failure) {
    guard plan.root.ids?.netNsId != plan.inventory.rootIds?.netNsId else { return }
    let lock = NetworkLock(plan.inventory, else: sockets.networkLock, rootPid: plan.root.pid)
    guard let whole = try WholeNetworkLock(lock, rootPid: plan.root.pid, scripts: scripts) else {
      log.warning(
        "The tree had a network namespace of its own, and comes into that of criu: see --join-ns. The network that it "
          + "had stays locked, where it is still there.")
      return
    }
    try during("unlocking the network of pid \(plan.root.pid)") { () throws(Failure) in try whole.unlock(log: log) }
  }

  private func unlock(log: Log) throws(Failure) {
    try namespace.run { () throws(Failure) in
      for change in changes where try change.isInForce() { try change.firewall.run(change.undo) }
    }
    try scripts.run(.networkUnlock, rootPid: rootPid, log: log)
  }
}
