internal import CParasite
internal import Images
internal import Linux
internal import Streams

/// Collects all that one live task is, step by step; a step is done with many tasks before the next one begins.
final class TaskCollector {
  /// What all tasks of a dump have in common.
  struct Surroundings {
    let files: FileDump
    let devices: MemoryDevices
    let sharedMemory: SharedMemory
    let options: DumpOptions
    let journal: any Journal
    let log: Log
    let layout = ExtendedStateLayout.ofThisProcessor()
    let sequences = CodeSequences()
  }

  let task: FrozenTask
  private let surroundings: Surroundings
  private let ids: TaskKobjIdsEntry
  private let memory: TaskMemoryState
  private let programID: UInt32
  private let filesystem: FsEntry
  private var reading: TaskReading
  private var threads: [ThreadReading] = []
  private var inside: InsideReading?

  /// Reads what can be seen from outside, before anything of ours is in the task.
  ///
  /// - Parameter filters: Of the whole tree; gets those of this task.
  init(
    _ task: FrozenTask, ids: TaskKobjIdsEntry, filters: inout SeccompChains, _ surroundings: Surroundings
  ) throws(Failure) {
    let files = surroundings.files
    self.task = task
    self.ids = ids
    self.surroundings = surroundings
    try files.dumpDescriptors(of: task, filesID: ids.filesId)
    memory = try TaskMemoryState.collect(
      from: task, devices: surroundings.devices, withSysV: false,
      stackPointers: task.threads.map(\.context.registers.rsp), files: files,
      sharedMemory: surroundings.sharedMemory)
    programID = try files.programID(of: task)
    filesystem = try files.filesystemState(of: task, umask: task.threads[0].status.umask)
    reading = try TaskReading(task, stat: try ProcStat(pid: task.pid))
    for (thread, filter) in zip(task.threads, try filters.add(task)) {
      threads.append(
        try ThreadReading(
          thread, seccompFilter: filter, subject: "thread \(thread.tid) of \(task.subject)"))
    }
  }

  // MARK: Inside

  /// Has the tasks read what only they can.
  ///
  /// - Parameter staying: The parasites stay for the pages, where those go through them.
  static func readInside(_ collectors: [TaskCollector], staying: Bool) throws(Failure) {
    try enter(collectors)
    let parasites = collectors.map(\.task.parasite!)
    let readings = try InsideReading.read(parasites, timers: collectors.map(\.reading.timers))
    for (collector, reading) in zip(collectors, readings) { collector.inside = reading }
    if staying { try Parasite.bringBack(parasites) } else { try Parasite.cure(parasites) }
    for collector in collectors { try collector.settleSignals() }
  }

  /// Does nothing where the parasite is in the task already.
  private static func enter(_ collectors: [TaskCollector]) throws(Failure) {
    guard let surroundings = collectors.first?.surroundings else { return }
    try Parasite.inject(
      into: collectors.map(\.task).filter { $0.parasite == nil }, sequences: surroundings.sequences,
      journal: surroundings.journal, log: surroundings.log)
    let fault = surroundings.options.fault
    if fault == .dumpEarly { killProcess(currentPid()) }
    if fault == .corruptExtendedRegisters { try corruptRegisters(of: collectors.map(\.task)) }
    try fault.meet(.parasiteConnect)
  }

  /// What a thread goes on with is in its frame by now.
  private static func corruptRegisters(of tasks: [FrozenTask]) throws(Failure) {
    for thread in tasks.flatMap(\.threads) {
      try thread.tracee.setExtendedState(ExtendedStateX86.corrupted(thread.context.extendedState))
    }
  }

  /// Nothing of ours runs on the threads.
  private func settleSignals() throws(Failure) {
    try reading.settleSignals(of: task, inside!.task)
    for (index, thread) in task.threads.enumerated() { try threads[index].settleSignals(of: thread, inside!.task) }
  }

  // MARK: Pages

  /// Moves the task's pages into a sink, and leaves the task.
  func drain(into sink: any ImageSink, statistics: inout MemoryStatistics) throws(Failure) {
    try surroundings.options.fault.meet(.dumpPages)
    let isSpliced = surroundings.options.memoryRead == .vmsplice
    if isSpliced { try TaskCollector.enter([self]) }
    try memory.dumpPages(of: task, through: isSpliced ? task.parasite : nil, into: sink, statistics: &statistics)
    try task.parasite?.cure()
  }

  // MARK: Records

  func record() throws(Failure) -> TaskDump {
    let inside = inside!
    let answers = TaskMemoryState.Answers(
      programBreak: inside.task.state.program_break, dumpable: Int32(bitPattern: inside.task.state.dumpable),
      hugePagesDisabled: inside.task.state.huge_pages_disabled != 0, executableFileID: programID)
    var cores: [CoreEntry] = []
    for (index, var state) in inside.threads.enumerated() {
      cores.append(
        try CoreEntry.thread(
          threads[index], &state, isLeader: index == 0, layout: surroundings.layout,
          subject: "thread \(task.threads[index].tid) of \(task.subject)"))
    }
    cores[0].tc = try TaskCoreEntry(task, reading, inside.task)
    return TaskDump(task, cores: cores, ids: ids, memory: memory.record(answers), filesystem: filesystem)
  }
}
