public import Linux
public import Streams

/// Dumps the private memory of a tree ahead of the dump, while the tree goes on: the dump then leaves to this set what
/// did not change. Shared memory and records are the dump's.
///
/// - Parameters:
///   - readsAfterwards: Pages are read once the tree runs again, by what was found while it was frozen. A page that is
///     gone by then is left out; one that changed will be written again.
///   - parent, journal: As `dump`.
public func preDump(
  _ options: DumpOptions, readsAfterwards: Bool, into sink: any ImageSink, parent: (any ImageSource)?,
  journal: any Journal, log: Log
) throws(Failure) -> DumpStatistics {
  let scripts = ActionScripts(options.actionScripts, imagesDirectory: options.imagesDirectory)
  let freezer = try options.freezerCgroup.map { (path) throws(Failure) in try FreezerCgroup(path) }
  let preparation = try DumpPreparation(
    cgroups: CgroupDump(options.cgroups, freezer: freezer), parent: parent)
  try scripts.run(.preDump, log: log)
  var dump = PreDump(
    options: options, preparation: preparation, tracking: try MemoryTracking(parent: parent, log: log), sink: sink,
    journal: journal, log: log)
  // With a parent, most pages are left to it.
  if parent == nil, !readsAfterwards {
    try Forecast.PrivateMemory.announce(try Forecast.PrivateMemory.ofLargeTasks(root: options.pid), to: sink, log: log)
  }
  let freeze = try FrozenTree.withFrozen(options, freezer: freezer, journal: journal, log: log) {
    (tree) throws(Failure) in
    dump.uptime = InventoryRecord.uptimeMicroseconds()
    for task in tree.tasks where !task.isZombie {
      try during("dumping the pages of \(task.subject)") { () throws(Failure) in
        try dump.take(task, readsAfterwards: readsAfterwards)
      }
    }
    return (FreezeTimes(tree), .running)
  }
  let thawed = monotonicMicroseconds()
  try dump.finish(readsAfterwards: readsAfterwards)
  return DumpStatistics(
    freezingMicroseconds: freeze.ended - freeze.began, frozenMicroseconds: thawed - freeze.began,
    drainMicroseconds: dump.drainMicroseconds, memory: dump.statistics)
}

private struct PreDump {
  let options: DumpOptions
  let preparation: DumpPreparation
  let tracking: MemoryTracking
  let sink: any ImageSink
  let journal: any Journal
  let log: Log
  var uptime: UInt64 = 0
  private var pids: [Int32] = []
  private(set) var statistics = MemoryStatistics()
  private(set) var drainMicroseconds = 0
  /// Read once the tree runs again.
  private var later: [LaterPages] = []

  init(
    options: DumpOptions, preparation: DumpPreparation, tracking: MemoryTracking, sink: any ImageSink,
    journal: any Journal, log: Log
  ) {
    self.options = options
    self.preparation = preparation
    self.tracking = tracking
    self.sink = sink
    self.journal = journal
    self.log = log
  }

  /// The task is frozen.
  mutating func take(_ task: FrozenTask, readsAfterwards: Bool) throws(Failure) {
    try options.fault.meet(.dumpPages)
    pids.append(task.pid)
    var pages = try TaskPageList.collect(
      from: task, devices: preparation.devices, stackPointers: task.threads.map(\.context.registers.rsp))
    try tracking.leaveUnchanged(of: task, &pages)
    let parasite = try Parasite.inject(into: task, sequences: preparation.sequences, journal: journal, log: log)
    try tracking.track(task, pages.mappings, through: parasite)
    if readsAfterwards {
      try parasite.cure()
      later.append(try LaterPages(pages, of: task))
      return
    }
    let began = monotonicMicroseconds()
    try pages.dump(of: task, through: parasite, into: sink, statistics: &statistics)
    try parasite.cure()
    drainMicroseconds += monotonicMicroseconds() - began
  }

  mutating func finish(readsAfterwards: Bool) throws(Failure) {
    let began = monotonicMicroseconds()
    for pages in later { try pages.dump(into: sink, statistics: &statistics) }
    drainMicroseconds += monotonicMicroseconds() - began
    try InodeMapCache.write(
      pids, known: preparation.watchedPaths, options: options, to: sink, log: log)
    try tracking.keep(in: sink, journal: journal)
    try InventoryRecord.writePreDump(readsAfterwards: readsAfterwards, uptime: uptime, to: sink)
    try sink.commit()
  }
}
