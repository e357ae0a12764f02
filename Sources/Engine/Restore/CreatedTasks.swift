internal import Linux

/// Which tasks of a restore have been made: in memory that all of them share, since each makes its own children.
struct CreatedTasks {
  private let marks: UnsafeMutablePointer<UInt32>
  private let tasks: [TaskPlan]
  private let indices: [Int32: Int]

  /// Bytes of shared memory, zeroed, that `init` takes.
  static func byteCount(of tasks: [TaskPlan]) -> Int { tasks.count * MemoryLayout<UInt32>.stride }

  init(_ tasks: [TaskPlan], in memory: UnsafeMutableRawPointer) {
    marks = memory.bindMemory(to: UInt32.self, capacity: tasks.count)
    self.tasks = tasks
    indices = Dictionary(uniqueKeysWithValues: tasks.enumerated().map { ($1.pid, $0) })
  }

  /// By the parent, as soon as the child is there.
  func mark(_ task: TaskPlan) { marks[indices[task.pid]!] = 1 }

  var made: [TaskPlan] { tasks.enumerated().filter { marks[$0.offset] != 0 }.map(\.element) }

  /// Sees whether a live task has died: one that does not take part any more would never end a stage.
  func checkAlive() throws(Failure) {
    for task in made where !task.isDead && hasEnded(task.pid) {
      throw Failure(
        "restore the task", "\(task.subject) ended early", .noProcess,
        remedy: "Somebody killed it, or memory ran out: see the kernel log, and the log with -v4.")
    }
  }

  private func hasEnded(_ pid: Int32) -> Bool {
    do throws(Failure) { return try ProcStat(pid: pid).state == "Z" } catch { return true }
  }

  /// Ends all that was made. Orphans come to us (PR_SET_CHILD_SUBREAPER), so that none stays as a zombie.
  func killAll() throws(Failure) {
    let pids = Set(made.map(\.pid))
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
