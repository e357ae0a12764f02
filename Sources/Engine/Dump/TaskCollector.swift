internal import CParasite
internal import Images
internal import Linux
internal import Streams

/// Collects all that one live task is.
struct TaskCollector {
  let files: FileDump
  let devices: MemoryDevices
  let sharedMemory: SharedMemory
  let options: DumpOptions
  let journal: any Journal
  let log: Log
  private let layout = ExtendedStateLayout.ofThisProcessor()
  private let sequences = CodeSequences()

  init(
    files: FileDump, devices: MemoryDevices, sharedMemory: SharedMemory, options: DumpOptions, journal: any Journal,
    log: Log
  ) {
    self.files = files
    self.devices = devices
    self.sharedMemory = sharedMemory
    self.options = options
    self.journal = journal
    self.log = log
  }

  typealias Drain = (any ImageSink, inout MemoryStatistics) throws(Failure) -> Void

  /// - Parameters:
  ///   - filters: Of the whole tree; gets those of this task.
  ///   - drain: Runs what moves pages, with the sink that takes them.
  func collect(
    _ task: FrozenTask, ids: TaskKobjIdsEntry, filters: inout SeccompChains, drain: (Drain) throws(Failure) -> Void
  ) throws(Failure) -> TaskDump {
    // Before anything of ours is in the task.
    try files.dumpDescriptors(of: task, filesID: ids.filesId)
    let memory = try TaskMemoryState.collect(
      from: task, devices: devices, withSysV: false, stackPointers: task.threads.map(\.context.registers.rsp),
      files: files, sharedMemory: sharedMemory)
    var reading = try TaskReading(task, stat: try ProcStat(pid: task.pid))
    var threadReadings: [ThreadReading] = []
    for thread in task.threads {
      threadReadings.append(
        try ThreadReading(
          thread, seccompFilter: try filters.add(thread), subject: "thread \(thread.tid) of \(task.subject)"))
    }

    let parasite = try Parasite.inject(into: task, sequences: sequences, journal: journal, log: log)
    let inside: InsideReading
    do throws(Failure) {
      inside = try InsideReading(parasite, timers: reading.timers)
      try drain { (sink, statistics) throws(Failure) in
        try memory.dumpPages(
          of: task, through: options.memoryRead == .vmsplice ? parasite : nil, into: sink, statistics: &statistics)
      }
    } catch {
      try parasite.cure()
      throw error
    }
    try parasite.cure()
    try reading.settleSignals(of: task, inside.task)
    for (index, thread) in task.threads.enumerated() {
      try threadReadings[index].settleSignals(of: thread, inside.task)
    }

    let answers = TaskMemoryState.Answers(
      programBreak: inside.task.state.program_break, dumpable: Int32(bitPattern: inside.task.state.dumpable),
      hugePagesDisabled: inside.task.state.huge_pages_disabled != 0, executableFileID: try files.programID(of: task))
    let filesystem = try files.filesystemState(of: task, umask: inside.task.state.umask)
    var cores: [CoreEntry] = []
    for (index, var state) in inside.threads.enumerated() {
      cores.append(
        try CoreEntry.thread(
          threadReadings[index], &state, isLeader: index == 0, layout: layout,
          subject: "thread \(task.threads[index].tid) of \(task.subject)"))
    }
    cores[0].tc = try TaskCoreEntry(task, reading, inside.task)
    return TaskDump(task, cores: cores, ids: ids, memory: memory.record(answers), filesystem: filesystem)
  }
}
