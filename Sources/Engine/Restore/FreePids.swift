internal import Linux

/// Pids for processes that help while tasks are made: the kernel's own choice could be an id that a task is still to get.
struct FreePids {
  private let pids: [Int32]

  /// What each task may try: more than it starts, since others may have them.
  private static let perTask = 8
  /// Every kernel can have ids up to here (pid_max).
  private static let highest: Int32 = 32767

  init(beside plan: RestorePlan) {
    var taken = Set(plan.births.births.keys)
    for task in plan.tasks { taken.formUnion(task.threads.map(\.tid)) }
    self.init(beside: taken, taskCount: plan.live.count)
  }

  /// - Parameter taken: Ids of tasks and threads.
  init(beside taken: Set<Int32>, taskCount: Int) {
    let wanted = taskCount * FreePids.perTask
    let last = taken.max() ?? 1
    var pids: [Int32] = []
    var pid = last
    while pid < FreePids.highest, pids.count < wanted {
      pid += 1
      pids.append(pid)
    }
    pid = last
    while pid > 2, pids.count < wanted {
      pid -= 1
      if !taken.contains(pid) { pids.append(pid) }
    }
    self.pids = pids
  }

  /// - Parameter index: Of the task among those that live.
  func share(ofTask index: Int) -> ArraySlice<Int32> {
    let start = min(index * FreePids.perTask, pids.count)
    return pids[start..<min(start + FreePids.perTask, pids.count)]
  }
}
