internal import Linux

/// Which processes of a restore have been made: in memory that all of them share, since each makes its own children.
struct CreatedTasks {
  private let marks: UnsafeMutablePointer<UInt32>
  /// How many tasks have read their pages from a source that gives one image after another.
  private let turn: UnsafeMutablePointer<UInt32>
  private let turns: [Int32: UInt32]
  /// Tasks and helpers.
  private let pids: [Int32]
  private let indices: [Int32: Int]
  private let live: [TaskPlan]

  /// Bytes of shared memory, zeroed, that `init` takes.
  static func byteCount(for plan: RestorePlan) -> Int { (plan.births.births.count + 1) * MemoryLayout<UInt32>.stride }

  init(_ plan: RestorePlan, in memory: UnsafeMutableRawPointer) {
    pids = plan.births.births.keys.sorted()
    marks = memory.bindMemory(to: UInt32.self, capacity: pids.count + 1)
    turn = marks + pids.count
    turns = Dictionary(uniqueKeysWithValues: plan.fillOrder.enumerated().map { ($1, UInt32($0)) })
    indices = Dictionary(uniqueKeysWithValues: pids.enumerated().map { ($1, $0) })
    live = plan.live
  }

  /// By the maker, as soon as the process is there.
  func mark(_ pid: Int32) { marks[indices[pid]!] = 1 }

  // MARK: Turns

  /// Waits until all before `pid` have read their pages. A restore that fails meanwhile kills whoever waits.
  func awaitTurn(of pid: Int32) {
    while true {
      let now = futexLoad(turn)
      if now == turns[pid] { return }
      futexWait(turn, expected: now, timeout: .seconds(1))
    }
  }

  func endTurn() {
    futexStore(turn, futexLoad(turn) + 1)
    futexWakeAll(turn)
  }

  // MARK: Ends

  private func isMade(_ pid: Int32) -> Bool { marks[indices[pid]!] != 0 }

  /// Sees whether a live task has died: one that does not take part any more would never end a stage.
  func checkAlive() throws(Failure) {
    for task in live where isMade(task.pid) && hasEnded(task.pid) {
      throw Failure(
        "restore the task", "\(task.subject) ended early", .noProcess,
        remedy: "It was killed, memory ran out, or an image could not be read: see the kernel log, and the log with -v4.")
    }
  }

  private func hasEnded(_ pid: Int32) -> Bool {
    do throws(Failure) { return try ProcStat(pid: pid).state == "Z" } catch { return true }
  }

  /// Ends all that was made. Orphans come to us (PR_SET_CHILD_SUBREAPER), so that none stays as a zombie.
  func killAll() throws(Failure) {
    let pids = Set(pids.filter(isMade))
    for pid in pids { killProcess(pid) }
    while true {
      // When a task has ended, its children become ours.
      let ours = try children(of: currentPid(), thread: currentPid()).filter { pids.contains($0) }
      if ours.isEmpty { return }
      for pid in ours {
        killProcess(pid)
        _ = try waitForEnd(of: pid)
      }
    }
  }
}
