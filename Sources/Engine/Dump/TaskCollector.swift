internal import CParasite
internal import Images
internal import Linux
internal import Streams

/// Collects all that one live task is, step by step; a step is done with many tasks before the next one begins.
final class TaskCollector {
  /// What all tasks of a dump have in common.
  struct Surroundings {
    let files: FileDump
    let outside: OutsideReader
    let sharedMemory: SharedMemory
    let options: DumpOptions
    let journal: any Journal
    let log: Log
    let layout: ExtendedStateLayout
    let sequences: CodeSequences
    let cgroups: CgroupDump
    /// `nil` for a dump that has no parent and is none.
    let tracking: MemoryTracking?
    /// `nil` for a dump whose pages are all written while the tree is frozen.
    let snapshot: Snapshot?
    /// `OutsideReading.Way.room`
    let heldPages: HeldPages.Room?
  }

  let task: FrozenTask
  private let surroundings: Surroundings
  private let ids: TaskKobjIdsEntry
  private let pages: TaskPageList
  private let outside: OutsideReading
  private var facts: TaskFacts?
  /// Those that the task itself tells about.
  private let descriptors: [CInt]
  private let programID: UInt32
  private let filesystem: FsEntry
  private var memory: TaskMemoryState?
  private var reading: TaskReading
  private var threads: [ThreadReading]
  private var inside: InsideReading?
  /// It has left the task.
  private var formerParasite: Parasite?

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
    let outside = surroundings.outside.takeNext()
    self.outside = outside
    files.mountNamespaces[task.pid] = ids.mntNsId
    descriptors = try surroundings.log.phase("descriptors", task: task.pid) { () throws(Failure) in
      try files.dumpDescriptors(of: task, filesID: ids.filesId, asked: InsideReading.descriptorCapacity)
    }
    reading = try TaskReading(task)
    threads = []
    for (thread, filter) in zip(task.threads, try filters.add(task)) {
      threads.append(
        try ThreadReading(thread, seccompFilter: filter, subject: "thread \(thread.tid) of \(task.subject)"))
    }
    programID = try files.programID(of: task)
    filesystem = try files.filesystemState(of: task, umask: task.threads[0].status.umask)
    pages = try surroundings.log.phase("wait for the list of pages", task: task.pid) { () throws(Failure) in
      try outside.pages()
    }
  }

  /// Code of ours may run in the task, and has no part in it.
  private func findMappedFiles() throws(Failure) {
    memory = try surroundings.log.phase("mapped files", task: task.pid) { () throws(Failure) in
      try TaskMemoryState.collect(
        pages, of: task, files: surroundings.files, sharedMemory: surroundings.sharedMemory)
    }
  }

  // MARK: Inside

  /// Has the tasks read what only they can.
  ///
  /// - Parameters:
  ///   - stay: Whether the parasites of tasks whose pages go through them stay for that.
  ///   - conclude: Called once their files are known.
  static func readInside(
    _ collectors: [TaskCollector], _ stay: Stay, conclude: () throws(Failure) -> Void
  ) throws(Failure) {
    guard let surroundings = collectors.first?.surroundings else { return }
    let log = surroundings.log
    try log.phase("copy the last pages") { () throws(Failure) in
      for collector in collectors { collector.facts = try collector.outside.finish() }
    }
    try log.phase("enter the tasks") { () throws(Failure) in try enter(collectors) }
    for collector in collectors { try collector.track() }
    let parasites = collectors.map(\.task.parasite!)
    let readings = try log.phase("ask the threads") { () throws(Failure) in
      try InsideReading.read(
        parasites, timers: collectors.map(\.reading.timers), descriptors: collectors.map(\.descriptors)
      ) { () throws(Failure) in
        for collector in collectors {
          try during("dumping \(collector.task.subject)") { () throws(Failure) in try collector.findMappedFiles() }
        }
        try conclude()
      }
    }
    for (collector, reading) in zip(collectors, readings) {
      collector.inside = reading
      try during("dumping \(collector.task.subject)") { () throws(Failure) in
        try collector.surroundings.files.setCloseOnExec(reading.descriptorFlags, filesID: collector.ids.filesId)
      }
    }
    if let snapshot = surroundings.snapshot {
      try log.phase("clone the tasks") { () throws(Failure) in
        try snapshot.take(collectors.filter { $0.outside.held == nil }.map { ($0.task, $0.pages) })
      }
      for collector in collectors where !snapshot.has(collector.task) {
        try collector.pages.listNow(of: collector.task)
      }
    }
    let staying = stay == .none ? [] : collectors.filter(\.isSpliced)
    try log.phase("leave the tasks") { () throws(Failure) in
      let leaving = collectors.filter { stay == .none || !$0.isSpliced }
      if leaving.count <= mostFormerParasites {
        for collector in leaving { collector.formerParasite = collector.task.parasite }
      }
      try Parasite.cure(leaving.map(\.task.parasite!))
    }
    if stay == .quietly { try Parasite.bringBack(staying.map(\.task.parasite!)) }
    for collector in collectors where stay != .atWork || !collector.isSpliced { try collector.settleSignals() }
  }

  /// Tracks what the task writes from now on, where the dump's user wants another after this one.
  private func track() throws(Failure) {
    guard let tracking = surroundings.tracking, surroundings.options.goesOnTracking else { return }
    try tracking.track(task, pages.mappings, through: task.parasite!)
  }

  /// What becomes of parasites between the reading and the pages.
  enum Stay {
    /// They come again for the pages.
    case none
    /// All that is recorded must be known before the pages move: no thread runs meanwhile.
    case quietly
    case atWork
  }

  /// Whether the task gives its pages itself. For few, the four turns that this takes cost more than a copy.
  private var isSpliced: Bool {
    surroundings.options.memoryRead == .vmsplice && pages.presentPageCount > TaskCollector.fewPages && !isWrittenLater
  }

  /// Its pages are written while the tree runs on.
  private var isWrittenLater: Bool { outside.held != nil || surroundings.snapshot?.has(task) ?? false }

  /// 40 KiB each.
  private static let mostFormerParasites = 32

  /// 512 KiB.
  private static let fewPages = 128

  /// Does nothing where the parasite is in the task already.
  private static func enter(_ collectors: [TaskCollector]) throws(Failure) {
    guard let surroundings = collectors.first?.surroundings else { return }
    let layouts = Dictionary(uniqueKeysWithValues: collectors.map { ($0.task.pid, $0.pages.layout) })
    try Parasite.inject(
      into: collectors.map(\.task).filter { $0.parasite == nil }, layouts: layouts, sequences: surroundings.sequences,
      journal: surroundings.journal, log: surroundings.log)
    let fault = surroundings.options.fault
    if fault == .dumpEarly { killProcess(currentPid()) }
    if fault == .corruptExtendedRegisters { try corruptRegisters(of: collectors.map(\.task)) }
    try fault.meet(.parasiteConnect)
  }

  /// What a thread goes on with is in its frame by now.
  private static func corruptRegisters(of tasks: [FrozenTask]) throws(Failure) {
    for thread in tasks.flatMap(\.threads) {
      thread.hasForeignVectors = true
      try thread.tracee.setExtendedState(ExtendedStateX86.corrupted(thread.context.extendedState))
    }
  }

  /// Nothing of ours runs on the threads.
  private func settleSignals() throws(Failure) {
    try reading.settleSignals(of: task, inside!.task)
    for (index, thread) in task.threads.enumerated() { try threads[index].settleSignals(of: thread, inside!.task) }
  }

  // MARK: Pages

  /// Moves the task's pages into a sink, and leaves the task. Does nothing where they are written later.
  func drain(into sink: any ImageSink, _ stay: Stay, statistics: inout MemoryStatistics) throws(Failure) {
    try surroundings.options.fault.meet(.dumpPages)
    if isWrittenLater { return }
    if isSpliced { try TaskCollector.enter([self]) }
    try pages.dump(of: task, through: isSpliced ? task.parasite : nil, into: sink, statistics: &statistics)
    try task.parasite?.cure()
    if isSpliced, stay == .atWork { try settleSignals() }
  }

  /// Writes the pages that were held. The tree runs.
  func drainHeld(into sink: any ImageSink, statistics: inout MemoryStatistics) throws(Failure) {
    if let held = outside.held { try pages.dump(of: task, from: held, into: sink, statistics: &statistics) }
  }

  /// Two tasks with one number share their memory.
  var addressSpace: UInt32 { ids.vmId }

  /// What was left out.
  ///
  /// - Parameter holder: The process that has the memory: the task while it is frozen, later another.
  func lazyPages(in holder: Int32) throws(Failure) -> FrozenPages.Task {
    FrozenPages.Task(memory: try TaskPages(pid: holder, subject: task.subject), extents: pages.lazyExtents)
  }

  /// Writes all pages, those too that were left out.
  func dumpWhole(from holder: Int32, into sink: any ImageSink) throws(Failure) {
    var statistics = MemoryStatistics()
    try pages.whole.dump(
      of: task, from: try TaskPages(pid: holder, subject: task.subject), into: sink, statistics: &statistics)
  }

  /// What the end of its threads changes in its memory.
  func exitWords() throws(Failure) -> ExitWords {
    try ExitWords(of: inside!.threads, in: TaskMemory(pid: task.pid), within: pages.extents)
  }

  // MARK: Records

  func record() throws(Failure) -> TaskDump {
    let (inside, facts) = (inside!, facts!)
    let answers = TaskMemoryState.Answers(
      programBreak: inside.task.state.program_break, dumpable: Int32(bitPattern: inside.task.state.dumpable),
      hugePagesDisabled: inside.task.state.huge_pages_disabled != 0, executableFileID: programID)
    var cores: [CoreEntry] = []
    for (index, var state) in inside.threads.enumerated() {
      cores.append(
        try CoreEntry.thread(
          threads[index], &state, isLeader: index == 0, layout: surroundings.layout,
          subject: "thread \(task.threads[index].tid) of \(task.subject)"))
      cores[index].threadCore?.cgSet = surroundings.cgroups[task.threads[index].tid]
    }
    cores[0].tc = try TaskCoreEntry(task, facts, reading, inside.task)
    return TaskDump(task, cores: cores, ids: ids, memory: memory!.record(facts, answers), filesystem: filesystem)
  }
}
