internal import Linux
internal import Streams

/// Clones of the tasks of a frozen tree, whose memory is written while the tree runs on (`dump --snapshot`).
///
/// What a program writes meanwhile is copied, so that it needs more memory, for which it must never be killed: a task is
/// cloned only where there is enough left, the kernel ends a clone before it ends anything else, and when memory runs
/// short during the writing, the tasks are stopped until the rest is written.
final class Snapshot {
  private final class Entry {
    let clone: TaskClone
    let pages: TaskPageList
    let heldBytes: [(range: Range<UInt64>, bytes: [UInt8])]
    /// The task, once it was stopped again for lack of memory.
    var held: HeldTask?

    init(_ clone: TaskClone, _ candidate: Candidate) {
      self.clone = clone
      pages = candidate.pages
      heldBytes = candidate.heldBytes
    }
  }

  private struct Candidate {
    let task: FrozenTask
    let pages: TaskPageList
    let heldBytes: [(range: Range<UInt64>, bytes: [UInt8])]
  }

  private let journal: any Journal
  private let log: Log
  private let sequences: CodeSequences
  private let headroom: MemoryHeadroom
  /// In the order in which they were made.
  private var entries: [Entry] = []
  /// Bytes that clones hold and that are not written yet.
  private var restByteCount = 0
  private var nextLook = 0
  private var isShort = false

  /// The tree still runs.
  ///
  /// - Parameter pids: Tasks that are likely to be cloned.
  init(of pids: [Int32], sequences: CodeSequences, journal: any Journal, log: Log) throws(Failure) {
    self.sequences = sequences
    self.journal = journal
    self.log = log
    headroom = try MemoryHeadroom(log: log)
    // What is found again in the freeze, and what takes longer for the first time.
    for pid in pids { _ = ifThere { () throws(Failure) in try headroom.add(pid) } }
    _ = try headroom.left(wanted: 0)
  }

  // MARK: Cloning

  /// Of a task: what no clone has is kept in our own memory.
  private static let mostHeld = 16 << 20

  /// Clones what can be cloned of some tasks; their parasites are in them.
  func take(_ tasks: [(task: FrozenTask, pages: TaskPageList)]) throws(Failure) {
    var chosen: [Candidate] = []
    let restBefore = restByteCount  // some may not be cloned
    for (task, pages) in tasks {
      guard let candidate = try candidate(task, pages) else { continue }
      chosen.append(candidate)
      restByteCount += pages.presentPageCount * pageSize
    }
    restByteCount = restBefore
    for clone in try TaskClone.make(of: chosen.map(\.task), journal: journal, log: log) {
      let entry = Entry(clone, chosen.first { $0.task === clone.task }!)
      entries.append(entry)
      restByteCount += entry.pages.presentPageCount * pageSize
      log.info("\(clone.task.subject) is cloned: pid \(clone.pid), \(entry.pages.presentPageCount) pages")
    }
  }

  func has(_ task: FrozenTask) -> Bool { entries.contains { $0.clone.task === task } }

  /// `nil` where a task's memory is to be written while it is stopped.
  private func candidate(_ task: FrozenTask, _ pages: TaskPageList) throws(Failure) -> Candidate? {
    let byteCount = pages.presentPageCount * pageSize
    guard byteCount > 0 else { return nil }
    // Its first child would be the init of a namespace, and end that with itself.
    guard try readLink("/proc/\(task.pid)/ns/pid") == readLink("/proc/\(task.pid)/ns/pid_for_children") else { return nil }
    let ranges = pages.unclonedPages
    guard ranges.reduce(0, { $0 + $1.count }) <= Snapshot.mostHeld else { return nil }
    let mayOutlive = try headroom.add(task.pid)
    // While pages are listed later nobody looks how much is left, so that all of them must be free to be copied.
    let forLateList = restByteCount + Snapshot.needed(byteCount, mayOutlive: true)
    let left = try headroom.left(wanted: forLateList)
    guard left >= restByteCount + Snapshot.needed(byteCount, mayOutlive: mayOutlive) else {
      log.warning("There is too little memory left to clone \(task.subject): it is stopped until its memory is written")
      return nil
    }
    if left < forLateList { try pages.listNow(of: task) }
    return Candidate(task: task, pages: pages, heldBytes: try Snapshot.read(ranges, of: task))
  }

  private static func read(
    _ ranges: [Range<UInt64>], of task: FrozenTask
  ) throws(Failure) -> [(range: Range<UInt64>, bytes: [UInt8])] {
    if ranges.isEmpty { return [] }
    let memory = try TaskMemory(pid: task.pid)
    var held: [(range: Range<UInt64>, bytes: [UInt8])] = []
    for range in ranges { held.append((range, try memory.read(at: range.lowerBound, byteCount: range.count))) }
    return held
  }

  // MARK: Memory that is left

  /// At least this much stays free.
  private static let reserve = 64 << 20

  /// Beyond its clone's page tables: a quarter of the memory, as few programs rewrite more of it before it is written, and
  /// `look` sees it; all, where the kernel might not end the clone first.
  private static func needed(_ byteCount: Int, mayOutlive: Bool) -> Int {
    byteCount / 256 + (mayOutlive ? byteCount : min(byteCount, max(byteCount / 4, reserve)))
  }

  /// Bytes between two looks: about as many as a thread makes the kernel copy meanwhile.
  private static let lookEvery = 4 << 20

  /// Called before some bytes are read.
  private func look(_ byteCount: Int) throws(Failure) {
    if !isShort, restByteCount <= nextLook || nextLook == 0 {
      nextLook = restByteCount - Snapshot.lookEvery
      let wanted = min(restByteCount, Snapshot.reserve)
      if try headroom.left(wanted: wanted) < wanted { try stopTasks() }
    }
    restByteCount -= byteCount
  }

  /// What is stopped needs no copies.
  private func stopTasks() throws(Failure) {
    isShort = true
    log.warning("Memory runs short: the tasks are stopped until the rest is written, \(restByteCount >> 20) MiB")
    for entry in entries { entry.held = try HeldTask(entry.clone.task.pid, log: log) }
  }

  // MARK: Writing

  /// Writes the pages of all clones, and ends each. The tree runs.
  func drain(into sink: any ImageSink, statistics: inout MemoryStatistics) throws(Failure) {
    while let entry = entries.first {
      let clone = entry.clone
      let result = Result { () throws(Failure) in try write(entry, into: sink, &statistics) }
      // What ends loses its pages before it is gone, so that too few may have been listed without an error.
      guard clone.isAlive() else {
        throw Failure(
          "write the pages", clone.subject, .noMemory,
          remedy: "It was killed, by the kernel where memory ran out; the program runs on. Free memory, raise the limit of "
            + "its cgroup, or dump without --snapshot.")
      }
      do throws(Failure) { try result.get() } catch { throw error.during("writing the pages of \(clone.subject)") }
      end(entry)
    }
  }

  private func write(
    _ entry: Entry, into sink: any ImageSink, _ statistics: inout MemoryStatistics
  ) throws(Failure) {
    let clone = entry.clone
    try list(entry)
    let memory = ClonedMemory(
      clone: try TaskPages(pid: clone.pid, subject: clone.subject), held: entry.heldBytes
    ) { (byteCount) throws(Failure) in try self.look(byteCount) }
    try entry.pages.dump(of: clone.task, from: memory, into: sink, statistics: &statistics)
  }

  /// Pages that are not listed yet.
  private func list(_ entry: Entry) throws(Failure) {
    guard let late = entry.pages.late else { return }
    let expected = entry.pages.presentPageCount
    try late.list(from: entry.clone.pid, isClone: true, entry.clone.task.subject)
    restByteCount += (entry.pages.presentPageCount - expected) * pageSize
    log.debug("the pages of \(entry.clone.task.subject) are listed in its clone: \(entry.pages.presentPageCount)")
  }

  /// That it cannot be waited for, as where a debugger has the program by now, harms neither images nor program.
  private func end(_ entry: Entry) {
    entries.removeAll { $0 === entry }
    do throws(Failure) {
      try entry.clone.end(sequences, held: entry.held, log: log)
    } catch {
      log.warning(error.during("ending \(entry.clone.subject)").summary)
    }
    entry.held?.letGo()
  }

  /// After a failure: what is left.
  func abandon() { for entry in entries { end(entry) } }
}
