internal import Images
internal import Linux
internal import Streams

/// All that is collected of a frozen tree, as values: pages go straight into the sink, the records when the caller
/// likes.
struct TreeDump {
  private let tasks: [FrozenTask]
  private let dumps: [TaskDump]
  private let files: FileDump
  private let sharedMemory: SharedMemory
  private let filters: SeccompChains
  private let ownIDs: TaskKobjIdsEntry
  private let options: DumpOptions
  let statistics: MemoryStatistics
  let drainMicroseconds: Int

  static func collect(
    _ tree: FrozenTree, ids: inout TaskIDs, options: DumpOptions, sink: any ImageSink, journal: any Journal, log: Log
  ) throws(Failure) -> TreeDump {
    let devices = try MemoryDevices.probe()
    let sharedMemory = SharedMemory(devices: devices)
    let files = FileDump(tasks: tree.tasks, options: options, journal: journal, namespaces: ids.namespaces, log: log)
    files.states[Memfd.DumpState.self].sharedMemory = sharedMemory
    try SessionCheck.check(tree, isShellJob: options.isShellJob)
    let collector = TaskCollector(
      files: files, devices: devices, sharedMemory: sharedMemory, options: options, journal: journal, log: log)
    var dumps: [TaskDump] = []
    var statistics = MemoryStatistics()
    var drainMicroseconds = 0
    var filters = SeccompChains()
    for task in tree.tasks {
      let dump = try during("dumping \(task.subject)") { () throws(Failure) -> TaskDump in
        if case .zombie(let status) = task.state { return TaskDump(zombie: task, exitStatus: status) }
        let taskIDs = try ids.ids(of: task.pid)
        return try collector.collect(task, ids: taskIDs, filters: &filters) { (work) throws(Failure) in
          let began = monotonicMicroseconds()
          try work(sink, &statistics)
          drainMicroseconds += monotonicMicroseconds() - began
        }
      }
      dumps.append(dump)
    }
    try files.conclude()
    let began = monotonicMicroseconds()
    try sharedMemory.dumpPages(into: sink, statistics: &statistics)
    drainMicroseconds += monotonicMicroseconds() - began
    return TreeDump(
      tasks: tree.tasks, dumps: dumps, files: files, sharedMemory: sharedMemory, filters: filters, ownIDs: ids.own, options: options,
      statistics: statistics, drainMicroseconds: drainMicroseconds)
  }

  /// Records first, the inventory last: it makes the set whole.
  func write(to sink: any ImageSink) throws(Failure) {
    if options.cpuCapabilities.contains(.image) { try ProcessorImage.write(to: sink) }
    try sink.write(records: zip(tasks, dumps).map(TreeDump.processTreeEntry), to: .pstree)
    for dump in dumps { try dump.write(to: sink) }
    try files.writeRecords(to: sink)
    try sink.write(records: sharedMemory.records, to: .memfd)
    try sink.write(records: [filters.record], to: .seccomp)
    try TimeNamespace.dump(to: sink)
    try files.writeBlobs(to: sink)
    try InventoryRecord.write(ownIDs: ownIDs, options: options, to: sink)
    if options.finalState == .running { try files.removeLinks() }
  }

  private static func processTreeEntry(_ task: FrozenTask, _ dump: TaskDump) -> PstreeEntry {
    PstreeEntry {
      $0.pid = UInt32(bitPattern: task.virtualPid)
      $0.ppid = UInt32(bitPattern: task.virtualParent)
      $0.pgid = UInt32(bitPattern: task.processGroup)
      $0.sid = UInt32(bitPattern: task.session)
      $0.threads = task.isZombie ? [$0.pid] : task.threads.map { UInt32(bitPattern: $0.virtualTid) }
    }
  }
}
