internal import Images
internal import Linux
internal import Streams

/// A frozen tree on its way into a sink: records as values, which are written when the caller likes, and pages, which
/// go from the tree straight into the sink.
final class TreeDump {
  private let tree: FrozenTree
  private let surroundings: TaskCollector.Surroundings
  private let ownIDs: TaskKobjIdsEntry
  private let clocks: TimeNamespace
  private let uptime = InventoryRecord.uptimeMicroseconds()
  private var filters = SeccompChains()
  /// Of the tasks that live.
  private(set) var collectors: [TaskCollector] = []
  private var stay = TaskCollector.Stay.none
  private(set) var statistics = MemoryStatistics()
  private(set) var drainMicroseconds = 0

  private var files: FileDump { surroundings.files }
  private var sharedMemory: SharedMemory { surroundings.sharedMemory }
  private var options: DumpOptions { surroundings.options }

  private init(
    _ tree: FrozenTree, ownIDs: TaskKobjIdsEntry, clocks: TimeNamespace, _ surroundings: TaskCollector.Surroundings
  ) {
    self.tree = tree
    self.ownIDs = ownIDs
    self.clocks = clocks
    self.surroundings = surroundings
  }

  /// Collects all but the pages.
  ///
  /// - Parameters:
  ///   - sink: Takes the pages of each task meanwhile; `nil`: `drain` does it later.
  static func collect(
    _ tree: FrozenTree, _ preparation: DumpPreparation, _ outside: OutsideReader, options: DumpOptions,
    tracking: MemoryTracking?, snapshot: Snapshot?, networkLock: NetworkLock, drainingInto sink: (any ImageSink)?,
    journal: any Journal, log: Log
  ) throws(Failure) -> TreeDump {
    var ids = preparation.ids
    try SessionCheck.check(tree, isShellJob: options.isShellJob)
    let sharedMemory = SharedMemory(devices: preparation.devices)
    let files = FileDump(
      tasks: tree.tasks, options: options, journal: journal, namespaces: ids.namespaces, foreseen: preparation.files,
      readers: preparation.readers, networkLock: networkLock, log: log)
    files.states[Memfd.DumpState.self].sharedMemory = sharedMemory
    files.states[TcpConnectionDump.self].helper = preparation.connections
    files.states[InodeMap.self].take(preparation.watchedPaths)
    let dump = TreeDump(
      tree, ownIDs: ids.own, clocks: try TimeNamespace.collect(tree, ids: ids),
      TaskCollector.Surroundings(
        files: files, outside: outside, sharedMemory: sharedMemory, options: options, journal: journal, log: log,
        layout: preparation.layout, sequences: preparation.sequences, cgroups: preparation.cgroups, tracking: tracking,
        snapshot: snapshot, heldPages: preparation.heldPages))
    try preparation.cgroups.collect(tree)
    try dump.collectTasks(ids: &ids, limit: preparation.waveLimit(tree), drainingInto: sink) { () throws(Failure) in
      try files.conclude()
      try sharedMemory.conclude()
      if let sink { try dump.drainSharedMemory(into: sink) }
    }
    return dump
  }

  // MARK: Tasks

  /// Tasks that have our code in them at once, though more could: enough that no processor waits, and 40 KiB of memory
  /// each.
  private static let waveSize = 64

  /// - Parameters:
  ///   - limit: Tasks that can have parasites at once.
  ///   - conclude: Called once the files of all are known.
  private func collectTasks(
    ids: inout TaskIDs, limit: Int, drainingInto sink: (any ImageSink)?, conclude: () throws(Failure) -> Void
  ) throws(Failure) {
    let living = tree.tasks.filter { !$0.isZombie }
    stay = sink != nil ? .atWork : living.count <= limit ? .quietly : .none
    var begin = 0
    while begin < living.count {
      let end = min(begin + min(limit, TreeDump.waveSize), living.count)
      var wave: [TaskCollector] = []
      for task in living[begin..<end] {
        wave.append(
          try during("dumping \(task.subject)") { () throws(Failure) in
            try TaskCollector(task, ids: try ids.ids(of: task.pid), filters: &filters, surroundings)
          })
      }
      try TaskCollector.readInside(wave, stay) { () throws(Failure) in
        if end == living.count { try conclude() }
      }
      if let sink { try drain(wave, into: sink) }
      collectors += wave
      begin = end
    }
  }

  // MARK: Pages

  /// Moves all pages into the sink, in the order in which a restore wants them: shared memory, then parents before their
  /// children.
  func drain(into sink: any ImageSink) throws(Failure) {
    try drainSharedMemory(into: sink)
    try drain(collectors, into: sink)
  }

  private func drainSharedMemory(into sink: any ImageSink) throws(Failure) {
    let began = monotonicMicroseconds()
    try surroundings.log.phase("shared memory") { () throws(Failure) in
      try sharedMemory.dumpPages(into: sink, holdingIn: surroundings.heldPages, statistics: &statistics)
    }
    drainMicroseconds += monotonicMicroseconds() - began
  }

  private func drain(_ collectors: [TaskCollector], into sink: any ImageSink) throws(Failure) {
    let began = monotonicMicroseconds()
    for collector in collectors {
      let task = collector.task
      try during("dumping the pages of \(task.subject)") { () throws(Failure) in
        try surroundings.log.phase("pages", task: task.pid) { () throws(Failure) in
          try collector.drain(into: sink, stay, statistics: &statistics)
        }
      }
    }
    drainMicroseconds += monotonicMicroseconds() - began
  }

  /// Moves the pages that are not in the sink yet into it. The tree runs.
  func drainLater(into sink: any ImageSink) throws(Failure) {
    try sharedMemory.dumpHeldPages(into: sink)
    for collector in collectors { try collector.drainHeld(into: sink, statistics: &statistics) }
    try surroundings.snapshot?.drain(into: sink, statistics: &statistics)
  }

  // MARK: Records

  /// Records, then raw bytes. The inventory makes a directory whole, so that it comes last there; who reads a stream
  /// needs it first.
  func write(to sink: any ImageSink) throws(Failure) {
    try files.makeRecords()
    let isOrdered = sink.abilities.contains(.ordered)
    if isOrdered { try writeInventory(to: sink) }
    if options.cpuCapabilities.contains(.image) { try ProcessorImage.write(to: sink) }
    try sink.write(records: tree.tasks.map(TreeDump.processTreeEntry), to: .pstree)
    var living = collectors[...]
    for task in tree.tasks {
      if case .zombie(let status) = task.state {
        try TaskDump(zombie: task, exitStatus: status).write(to: sink)
      } else {
        try living.removeFirst().record().write(to: sink)
      }
    }
    try files.writeRecords(to: sink)
    try sink.write(records: sharedMemory.records, to: .memfd)
    let segments = sharedMemory.segments.records
    if !segments.isEmpty { try sink.write(records: segments, to: .ipcnsShm, UInt64(ownIDs.ipcNsId ?? 0)) }
    try sink.write(records: [filters.record], to: .seccomp)
    try clocks.write(to: sink)
    try surroundings.cgroups.write(to: sink)
    try files.writeBlobs(to: sink)
    if options.goesOnTracking { try surroundings.tracking?.keep(in: sink, journal: surroundings.journal) }
    if !isOrdered { try writeInventory(to: sink) }
    if options.finalState == .running { try files.removeLinks() }
  }

  /// Takes what the tree could change before it is written.
  func keepContents() throws(Failure) { try files.states[GhostDump.self].keep() }

  private func writeInventory(to sink: any ImageSink) throws(Failure) {
    try InventoryRecord.write(
      ownIDs: ownIDs, options: options, runID: files.networkLock.runID, uptime: uptime, to: sink)
  }

  /// The end of the freeze: what was held up outside of the tree goes on.
  func leave() throws(Failure) { try connections.leave(options.finalState, files) }

  /// From here on, the end of the tree tells nobody outside anything.
  func holdBack() throws(Failure) { try connections.holdBack() }

  /// Kills the tree, whose set is whole: what the journal would undo, such as links to removed files, belongs to the set,
  /// and all tasks end, also when we are lost after the first.
  func kill() throws(Failure) {
    try surroundings.log.phase("kill") { () throws(Failure) in
      let pids = tree.tasks.filter { !$0.isZombie }.map(\.pid)
      if try !connections.kill(pids) {
        try surroundings.journal.strikeAll(entering: pids.map { .processStarted(pid: $0, startTime: nil) })
      }
      try tree.kill()
      try surroundings.journal.strikeAll(entering: [])
    }
  }

  private var connections: TcpConnectionDump { files.states[TcpConnectionDump.self] }

  private static func processTreeEntry(_ task: FrozenTask) -> PstreeEntry {
    PstreeEntry {
      $0.pid = UInt32(bitPattern: task.virtualPid)
      $0.ppid = UInt32(bitPattern: task.virtualParent)
      $0.pgid = UInt32(bitPattern: task.processGroup)
      $0.sid = UInt32(bitPattern: task.session)
      $0.threads = task.isZombie ? [$0.pid] : task.threads.map { UInt32(bitPattern: $0.virtualTid) }
    }
  }
}
