internal import Images
internal import Linux

/// Which tasks of a restore share their table of descriptors, or their root, working directory and umask: a task can get
/// them only at its birth, from the task that makes it.
struct TaskSharing {
  /// By pid: what a task shares with its maker.
  private var withMaker: [Int32: CloneSharing] = [:]

  /// - Throws: `EOPNOTSUPP` tasks share memory, or something with a task that does not make them.
  init(_ tasks: [TaskPlan], births: BirthPlan) throws(Failure) {
    let byPid = Dictionary(uniqueKeysWithValues: tasks.map { ($0.pid, $0) })
    var makers: [Int32: Int32] = [:]
    for birth in births.births.values { for child in birth.children { makers[child] = birth.pid } }
    var memories: [UInt32: TaskPlan] = [:]
    var tables: [UInt32: TaskPlan] = [:]
    var filesystems: [UInt32: TaskPlan] = [:]
    for task in tasks {
      guard let ids = task.ids else { continue }
      let maker = makers[task.pid].flatMap { byPid[$0]?.ids }
      var shared: CloneSharing = []
      if ids.filesId == maker?.filesId { shared.insert(.descriptors) }
      if ids.fsId == maker?.fsId { shared.insert(.filesystem) }
      withMaker[task.pid] = shared
      try claim(&memories, ids.vmId, task, "share the memory")
      if !shared.contains(.descriptors) { try claim(&tables, ids.filesId, task, "share a descriptor table") }
      if !shared.contains(.filesystem) { try claim(&filesystems, ids.fsId, task, "share a working directory") }
    }
  }

  func withMaker(of pid: Int32) -> CloneSharing { withMaker[pid] ?? [] }

  private func claim(
    _ owners: inout [UInt32: TaskPlan], _ id: UInt32, _ task: TaskPlan, _ what: String
  ) throws(Failure) {
    guard let other = owners.updateValue(task, forKey: id) else { return }
    throw Failure(
      what, "\(task.subject) and \(other.subject)", .notSupported,
      remedy: "Neither of the two makes the other in a restore (clone(2)): restore the parts as trees of their own.")
  }
}
