internal import Images
internal import Linux

/// How tasks get their sessions and process groups. A session is inherited at birth and begun by setsid(2) only, so a
/// child that belongs to the session its parent was born in must be made before the parent begins its own. A group is
/// joined once its leader stands.
struct SessionPlan {
  /// Of all tasks. Sessions and groups that began outside of the tree are ours, which tasks are born in.
  private let pids: Set<Int32>

  /// Adds to the tree what it lacks: a helper for each group in it whose leader is gone.
  ///
  /// - Throws: `EOPNOTSUPP` a session that cannot be made.
  init(_ root: TaskPlan, isShellJob: Bool) throws(Failure) {
    var pids = Set(root.subtree.map(\.pid))
    guard isShellJob || pids.contains(root.session) else {
      throw Failure(
        "restore the session", "\(root.subject), whose session \(root.session) began outside of the tree", .notSupported,
        remedy: "Give --shell-job (-j): the tree then joins the session of criu.")
    }
    for task in root.subtree {
      try SessionPlan.checkSession(of: task, root: root, pids: pids)
      let isOutside = task.processGroup == root.processGroup && !pids.contains(root.processGroup)
      if !isOutside, !pids.contains(task.processGroup), let parent = SessionPlan.parent(of: task, in: root) {
        parent.children.append(TaskPlan(helperFor: task, below: parent))
        pids.insert(task.processGroup)
      }
    }
    self.pids = pids
  }

  private static func checkSession(of task: TaskPlan, root: TaskPlan, pids: Set<Int32>) throws(Failure) {
    guard task.session != root.session || pids.contains(root.session) else { return }
    guard pids.contains(task.session) else {
      throw Failure(
        "restore the session", "\(task.subject), the leader \(task.session) of whose session has ended", .notSupported,
        remedy: "Dump from an ancestor that is in the session, or start the program with setsid.")
    }
  }

  private static func parent(of task: TaskPlan, in root: TaskPlan) -> TaskPlan? {
    task.parent == 0 ? nil : root.subtree.first { $0.pid == task.parent }
  }

  // MARK: Births

  /// Whether the task begins a session.
  func beginsSession(_ task: TaskPlan) -> Bool { task.session == task.pid }

  /// Children to make before the task begins its session, and after.
  func children(of task: TaskPlan) -> (before: [TaskPlan], after: [TaskPlan]) {
    guard beginsSession(task) else { return ([], task.children) }
    let before = task.children.filter { !inheritedSessions(of: $0).isSubset(of: [task.pid]) }
    let isBefore = Set(before.map(\.pid))
    return (before, task.children.filter { !isBefore.contains($0.pid) })
  }

  /// Sessions that a task, or one below it, can have from its parent only.
  private func inheritedSessions(of task: TaskPlan) -> Set<Int32> {
    var sessions = task.children.reduce(into: Set<Int32>()) { $0.formUnion(inheritedSessions(of: $1)) }
    if beginsSession(task) { sessions.remove(task.pid) } else { sessions.insert(task.session) }
    return sessions
  }

  // MARK: Groups

  /// Leads its group: can be said at once. A session's leader does by that.
  func leadsGroup(_ task: TaskPlan) -> Bool { task.processGroup == task.pid && !beginsSession(task) }

  /// The group to join when all tasks exist, if it is not the one that the task was born in.
  func groupToJoin(_ task: TaskPlan) -> Int32? {
    guard task.processGroup != task.pid, pids.contains(task.processGroup) else { return nil }
    return task.processGroup
  }
}

extension TaskPlan {
  /// A stand-in for the dead leader of `task`'s group.
  fileprivate convenience init(helperFor task: TaskPlan, below parent: TaskPlan) {
    var core = TaskCoreEntry()
    core.taskState = State.dead.rawValue
    core.comm = task.core.comm
    let entry = PstreeEntry {
      $0.pid = UInt32(bitPattern: task.processGroup)
      $0.ppid = UInt32(bitPattern: parent.pid)
      $0.pgid = UInt32(bitPattern: task.processGroup)
      $0.sid = UInt32(bitPattern: task.session)
    }
    self.init(
      entry: entry, core: core, threads: [], ids: nil, memory: nil, filesystem: nil, descriptors: [], isHelper: true)
  }
}
