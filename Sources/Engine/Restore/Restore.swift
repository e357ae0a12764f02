internal import CParasite
internal import Images
public import Linux
public import Streams

/// Restores a tree of processes from a source.
///
/// - Parameter journal: Undoes what was done outside our own memory; the caller runs it when this throws.
/// - Returns: What was moved, for the user and for stats-restore.
/// - Throws: The first thing that cannot be done; nothing is left running then.
public func restore(
  _ options: RestoreOptions, from source: any ImageSource, journal: any Journal, log: Log
) throws(Failure) -> RestoreStatistics {
  let restore = try log.phase("plan") { () throws(Failure) in try TreeRestore(options, source, journal, log) }
  return try restore.run()
}

/// Reads all of a set, and finds what keeps it from being restored on this host now, as `restore` itself does before it
/// touches any process.
///
/// - Throws: The first thing found; all are logged.
public func checkRestorable(
  _ options: RestoreOptions, from source: any ImageSource, journal: any Journal, log: Log
) throws(Failure) {
  _ = try TreeRestore(options, source, journal, log)
}

/// One restore, from the plan to the tree that runs.
private struct TreeRestore {
  let options: RestoreOptions
  let source: any ImageSource
  let journal: any Journal
  let log: Log
  let plan: RestorePlan
  let files: FilePlan
  let host: HostState
  let cgroups: CgroupRestore
  let namespaces: JoinedNamespaces
  let scripts: ActionScripts
  let began = monotonicMicroseconds()

  /// Reads and checks everything; no process is touched.
  init(
    _ options: RestoreOptions, _ source: any ImageSource, _ journal: any Journal, _ log: Log
  ) throws(Failure) {
    self.options = options
    self.source = source
    self.journal = journal
    self.log = log
    scripts = ActionScripts(options.actionScripts, imagesDirectory: options.imagesDirectory)
    plan = try RestorePlan.read(from: source, isShellJob: options.isShellJob, log: log)
    files = try FilePlan(reading: source, for: plan, options: options, log: log)
    host = try HostState.probe()
    cgroups = try CgroupRestore(reading: source, for: plan, options: options.cgroups, log: log)
    namespaces = try JoinedNamespaces(options.joinedNamespaces)
    var findings = Findings()
    for task in plan.tasks { checkState(of: task, on: host, &findings) }
    for task in plan.live where plan.sharing.withMaker(of: task.pid).contains(.filesystem) {
      _ = findings.collect { [files] () throws(Failure) in try checkSharedRoot(of: task, files) }
    }
    for failure in TakenPids.findings(for: plan) { findings.add(failure) }
    if options.cpuCapabilities.contains(.image) {
      _ = findings.collect { () throws(Failure) in try ProcessorImage.check(from: source, options.cpuCapabilities) }
    }
    try findings.throwAny(log: log)
  }

  func run() throws(Failure) -> RestoreStatistics {
    try OwnCapabilities.check(to: "restore processes")
    try scripts.run(.preRestore, log: log)
    let live = plan.live
    try namespaces.enter()
    let sharedMemory = try RestoredSharedMemory.make(
      records: files.states[Memfd.RestoreState.self].records, files: files.records(of: .memfd),
      tasks: live.compactMap(\.memory), from: source)
    files.states[Memfd.RestoreState.self].sharedMemory = sharedMemory
    var segments: [IpcShmEntry] = []
    for id in Set(live.map { $0.ids?.ipcNsId ?? 0 }) {
      segments += try source.records(of: IpcShmEntry.self, in: .ipcnsShm, UInt64(id)) ?? []
    }
    try sharedMemory.segments.make(records: segments, tasks: live.compactMap(\.memory), from: source, journal: journal)
    try log.phase("files that were removed") { () throws(Failure) in try files.prepare(from: source, journal: journal) }
    try cgroups.prepare(journal: journal)

    let own = try MapsFile.maps.readOwn()
    let sharedByteCount = sharedBytes()
    let addresses = try AddressPlan.choose(
      tasks: live.compactMap { $0.memory?.vmas }, own: own, lowest: UInt64(1 << 16),
      bootstrapByteCount: wholePages(sharedByteCount + Int(blob_byte_count()) + LastStepsSize.ofLargest(live, seccomp: plan.seccomp)),
      arenaByteCount: arenaByteCount(live), parkingByteCount: UInt64(Vdso(in: own)?.range.count ?? 0))
    let bootstrap = try BootstrapArea(range: addresses.bootstrap, sharedByteCount: sharedByteCount)
    let stages = RestoreStages(in: bootstrap.shared, log: log)
    let counters = (bootstrap.shared + MemoryLayout<restore_shared>.stride).bindMemory(
      to: memory_counters.self, capacity: 1)
    let rest = bootstrap.shared + MemoryLayout<restore_shared>.stride + MemoryLayout<memory_counters>.stride
    let created = CreatedTasks(plan, in: rest)
    let lazy =
      options.lazyPages
      ? try LazyRestore.connect(plan, source, in: rest + CreatedTasks.byteCount(for: plan)) : nil
    let restorer = TaskRestorer(
      plan: plan, files: files, madeFiles: try MadeFileTable(for: files), sharedMemory: sharedMemory,
      arena: try MemoryArena(addresses.arena, standing: addresses.standing),
      vdsos: try KernelVdsos(for: live, own: own, parking: addresses.parking, fault: options.fault),
      source: source, stages: stages, created: created,
      freePids: FreePids(beside: plan), cgroups: cgroups,
      namespaces: namespaces,
      counters: counters, bootstrap: bootstrap, ownGroup: ownProcessGroup(),
      options: options, lazy: lazy, log: log)
    if live.count > 1 { prepareToBeCloned(own, taskCount: live.count, log: log) }
    adoptOrphans(true)
    do throws(Failure) {
      let forking = try build(restorer, stages, created, sharedMemory)
      return RestoreStatistics(
        rootPid: plan.root.pid, forkingMicroseconds: forking, restoringMicroseconds: monotonicMicroseconds() - began,
        comparedPages: counters.pointee.compared, sharedPages: counters.pointee.shared_with_parent,
        restoredPages: counters.pointee.restored)
    } catch {
      try created.killAll()
      throw stages.failure ?? error
    }
  }

  /// - Returns: Microseconds until all tasks existed.
  private func build(
    _ restorer: TaskRestorer, _ stages: RestoreStages, _ created: CreatedTasks, _ sharedMemory: RestoredSharedMemory
  ) throws(Failure) -> Int {
    let live = plan.live
    let threadCount = live.reduce(0) { $0 + $1.threads.count }
    let birth = monotonicMicroseconds()
    let types = live.count > 1 ? DescribedTypes.ofTasks() : DescribedTypes()
    defer { withExtendedLifetime(types) {} }
    try restorer.make(plan.root.pid, asSibling: options.attachment == .sibling)
    let lazy = restorer.lazy
    try stages.complete(.forked, participants: plan.births.births.count, whileWaiting: created.checkAlive) {
      () throws(Failure) in try lazy?.collect()
    }
    let forking = monotonicMicroseconds() - birth
    try stages.complete(.made, participants: live.count, whileWaiting: created.checkAlive)
    try stages.complete(
      .placed, participants: live.count, opening: lazy == nil ? .built : .mapped, whileWaiting: created.checkAlive)
    if let lazy {
      try stages.complete(.mapped, participants: live.count, whileWaiting: created.checkAlive, beforeNext: lazy.handOver)
    }
    try stages.complete(.built, participants: threadCount, whileWaiting: created.checkAlive)
    try cgroups.settle()
    try sharedMemory.seal()
    try sharedMemory.segments.settle(journal: journal)
    // Before any thread installs filters, which must not run until it is let go.
    let landing = try Landing.seize(live, bootstrap: restorer.bootstrap)
    try stages.complete(.signals, participants: threadCount, whileWaiting: created.checkAlive)
    try stages.complete(.parked, participants: threadCount, whileWaiting: created.checkAlive)

    try log.phase("land") { () throws(Failure) in
      try landing.stop()
      try landing.load(layout: host.layout)
    }
    try options.fault.meet(.postRestore)
    try source.finish()
    try files.cleanUp(journal: journal)
    try namespaces.leave()
    try scripts.run(.postRestore, rootPid: plan.root.pid, log: log)
    if let path = options.pidFile { try writeNewFile(path, "\(plan.root.pid)") }
    try WholeNetworkLock.unlock(plan, options.sockets, scripts: scripts, log: log)
    try scripts.run(.preResume, rootPid: plan.root.pid, log: log)
    adoptOrphans(false)
    try lazy?.finish()
    try files.states[TcpConnectionPlan.self].letGo(files)
    try landing.outliveUs(journal: journal)
    do throws(Failure) { try files.removeLeftovers(journal: journal) } catch { log.warning(error.summary) }
    try landing.release(stopped: options.leavesStopped)
    try cgroups.freeze()
    try scripts.run(.postResume, rootPid: plan.root.pid, log: log)
    return forking
  }

  private func sharedBytes() -> Int {
    let byteCount =
      MemoryLayout<restore_shared>.stride + MemoryLayout<memory_counters>.stride
      + CreatedTasks.byteCount(for: plan) + LazyRestore.byteCount(for: plan)
    return wholePages(byteCount)
  }

  private func wholePages(_ byteCount: Int) -> Int { (byteCount + pageSize - 1) / pageSize * pageSize }

  /// Every private mapping of every task, and room to align each: a task needs its own and its ancestors'.
  private func arenaByteCount(_ live: [TaskPlan]) -> UInt64 {
    live.reduce(UInt64(1 << 30)) { total, task in
      (task.memory?.vmas ?? []).reduce(total) { $0 &+ ($1.end &- $1.start) &+ (4 << 20) }
    }
  }
}

/// A root changes what paths mean, for all that share it, while some still open files.
private func checkSharedRoot(of task: TaskPlan, _ files: FilePlan) throws(Failure) {
  guard let id = task.filesystem?.rootId, try files.regularFile(id).name != "/" else { return }
  throw Failure(
    "share a root directory other than /", task.subject, .notSupported,
    remedy: "Let the program change its root before it makes tasks that share it (CLONE_FS), or make them without.")
}
