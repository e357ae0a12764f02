internal import Images
public import Linux
public import Streams

/// Dumps a tree of processes into a sink.
///
/// - Parameters:
///   - parent: The set that pages may be left to, which `sink` links to.
///   - serve: Of a dump that leaves pages out (`DumpOptions.leavesLazyPages`): called when the records are whole and the
///     tree still stands, with the pages that are missing. What becomes of the tree when it throws, `Handover` tells.
///   - journal: Undoes what was done outside our own memory; the caller runs it when this throws.
/// - Returns: What went into the set, for the user and for stats-dump.
/// - Throws: The first thing that cannot be done. The tree then runs on as it was.
public func dump(
  _ options: DumpOptions, into sink: any ImageSink, parent: (any ImageSource)? = nil,
  thenServe serve: ((any PageStore) throws(Failure) -> Void)? = nil, journal: any Journal, log: Log
) throws(Failure) -> DumpStatistics {
  let scripts = ActionScripts(options.actionScripts, imagesDirectory: options.imagesDirectory)
  let freezer = try options.freezerCgroup.map { (path) throws(Failure) in try FreezerCgroup(path) }
  let forecast = try Forecast(root: options.pid)
  // Early: each page that it has in common with us is copied when we write it.
  let connections = options.sockets.tcpEstablished ? try ConnectionHelper(journal: journal) : nil
  var preparation = try DumpPreparation(
    cgroups: CgroupDump(options.cgroups, freezer: freezer), parent: parent, connections: connections)
  try scripts.run(.preDump, log: log)
  let isTracked = options.goesOnTracking || parent != nil
  if isTracked, !sink.abilities.contains(.parent) {
    throw Failure(
      "dump only what changes", "--track-mem or --prev-images-dir", .notSupported,
      remedy: "Dump into a directory or a stream, or leave the option out.")
  }
  let tracking = isTracked ? try MemoryTracking(parent: parent, log: log) : nil
  // An ordered sink wants its records before the pages; a script that looks at a finished set, in the freeze.
  let isOrdered = sink.abilities.contains(.ordered)
  // A tree that stays in a frozen cgroup does not run on.
  let snapshot =
    options.takesSnapshot && freezer?.wasFrozen != true
    ? try Snapshot(
      of: forecast.largeTasks.map(\.pid), sequences: preparation.sequences, journal: journal, log: log) : nil
  let hasScripts = !options.actionScripts.isEmpty && snapshot == nil
  let writesLater = options.finalState == .running && !hasScripts && !isOrdered && serve == nil
  let commitsLater = writesLater || snapshot != nil

  let networkLock = NetworkLock(method: options.sockets.networkLock, runID: preparation.runID)
  var network: WholeNetworkLock.Held?
  do throws(Failure) {
    // What a dump leaves to a parent or to the network later comes in the freeze in small part.
    if snapshot == nil, parent == nil, !options.leavesLazyPages {
      try Forecast.PrivateMemory.announce(forecast.largeTasks, to: sink, log: log)
    }
    let outside = try preparation.expect(
      forecast, holdsPages: commitsLater, listsLate: snapshot != nil && writesLater && tracking == nil,
      leavesLazyPages: options.leavesLazyPages, tracking: tracking, log: log)
    let (collected, freeze) = try FrozenTree.withFrozen(
      options, freezer: freezer, whenStopped: outside.start, journal: journal, log: log
    ) { (tree) throws(Failure) in
      outside.describe(tree)
      network = try WholeNetworkLock.lock(of: tree.root, networkLock, scripts: scripts, journal: journal, log: log)
      let collected = try log.phase("collect") { () throws(Failure) in
        try TreeDump.collect(
          tree, preparation, outside, options: options, tracking: tracking, snapshot: snapshot, networkLock: networkLock,
          drainingInto: isOrdered ? nil : sink, journal: journal, log: log)
      }
      if writesLater { try collected.keepContents() } else { try collected.write(to: sink) }
      if isOrdered { try collected.drain(into: sink) }
      if !commitsLater {
        try log.phase("commit") { () throws(Failure) in try sink.commit() }
        try scripts.run(.postDump, rootPid: options.pid, log: log)
      }
      let leave = { () throws(Failure) -> Void in
        try collected.leave()
        try network?.leave(options.finalState)
        network = nil
      }
      if let serve {
        outside.end()
        let handover = try Handover(
          tree, collected, of: sink, options, preparation, journal: journal, log: log, leave: leave)
        try handover.run(serve)
      } else {
        try leave()
        if options.finalState == .killed { try collected.kill() }
      }
      return ((collected, FreezeTimes(tree)), FrozenTree.Ending(options.finalState))
    }
    let thawed = monotonicMicroseconds()
    outside.end()
    try log.phase("pages, later") { () throws(Failure) in try collected.drainLater(into: sink) }
    if writesLater { try log.phase("records") { () throws(Failure) in try collected.write(to: sink) } }
    if commitsLater {
      try log.phase("commit") { () throws(Failure) in try sink.commit() }
      try scripts.run(.postDump, rootPid: options.pid, log: log)
    }
    return DumpStatistics(
      freezingMicroseconds: freeze.ended - freeze.began, frozenMicroseconds: thawed - freeze.began,
      drainMicroseconds: collected.drainMicroseconds, memory: collected.statistics)
  } catch {
    snapshot?.abandon()
    network?.abandon()
    throw error
  }
}

extension FrozenTree {
  /// Freezes the tree that `options` name.
  static func withFrozen<R>(
    _ options: DumpOptions, freezer: FreezerCgroup?, whenStopped: ([Int32]) -> Void = { _ in }, journal: any Journal,
    log: Log, _ body: (FrozenTree) throws(Failure) -> (R, Ending)
  ) throws(Failure) -> R {
    try withFrozen(
      root: options.pid, timeout: .seconds(options.timeoutSeconds == 0 ? 1_000_000 : options.timeoutSeconds),
      cgroup: freezer, whenStopped: whenStopped, journal: journal, log: log, body)
  }
}

struct FreezeTimes {
  let began, ended: Int

  init(_ tree: FrozenTree) {
    began = tree.freezeBegan
    ended = tree.freezeEnded
  }
}

extension FrozenTree.Ending {
  fileprivate init(_ state: DumpOptions.FinalState) {
    switch state {
    case .killed: self = .killed
    case .running: self = .running
    case .stopped: self = .stopped
    }
  }
}
