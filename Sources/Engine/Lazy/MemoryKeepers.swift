internal import Linux
internal import Streams

/// Processes that hold the memory of tasks which have ended: one an address space, each a clone of a task that shares its
/// memory (CLONE_VM). They take free pids: those of the tree are taken when they are made.
final class MemoryKeepers {
  private let clones: [UInt32: TaskClone]
  private let collectors: [TaskCollector]
  private let words: [(space: UInt32, words: ExitWords)]
  private let journal: any Journal
  private let log: Log

  var count: Int { clones.count }

  /// The tree is frozen; parasites are in the tasks that have keepers afterwards.
  ///
  /// - Returns: `nil` where not all could be made.
  static func make(
    of dump: TreeDump, _ sequences: CodeSequences, journal: any Journal, log: Log
  ) throws(Failure) -> MemoryKeepers? {
    var holders: [TaskCollector] = []
    for collector in dump.collectors where !holders.contains(where: { $0.addressSpace == collector.addressSpace }) {
      holders.append(collector)
    }
    let words = try dump.collectors.map { (collector) throws(Failure) in (collector.addressSpace, try collector.exitWords()) }
    try Parasite.inject(into: holders.map(\.task), sequences: sequences, journal: journal, log: log)
    let made = try TaskClone.make(of: holders.map(\.task), for: .keeper, journal: journal, log: log)
    var clones: [UInt32: TaskClone] = [:]
    for holder in holders { clones[holder.addressSpace] = made.first { $0.task === holder.task } }
    let keepers = MemoryKeepers(clones, holders, words, journal, log)
    if clones.count == holders.count { return keepers }
    try keepers.undo()
    return nil
  }

  private init(
    _ clones: [UInt32: TaskClone], _ collectors: [TaskCollector], _ words: [(space: UInt32, words: ExitWords)],
    _ journal: any Journal, _ log: Log
  ) {
    self.clones = clones
    self.collectors = collectors
    self.words = words
    self.journal = journal
    self.log = log
  }

  func pid(of collector: TaskCollector) -> Int32 { clones[collector.addressSpace]!.pid }

  /// The tasks stand, and may go on after it.
  func undo() throws(Failure) {
    for clone in clones.values { try clone.undo(log: log) }
    try Parasite.cure(collectors.map { $0.task.parasite! })
  }

  /// From here on the tree is ended; who rescues the program if we are lost has been started.
  func outliveUs() { for clone in clones.values { clone.outliveUs() } }

  /// The tasks have ended.
  func takeOver() throws(Failure) {
    for collector in collectors { try collector.task.parasite?.forget() }
    for (space, words) in words { try words.putBack(into: TaskMemory(pid: clones[space]!.pid)) }
  }

  /// For whoever is not their tracer.
  func kill() { for clone in clones.values { killProcess(clone.pid) } }

  /// Ends them all.
  func end() throws(Failure) { for clone in clones.values { try clone.endOrphan() } }
}
