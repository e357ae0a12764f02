internal import Linux

/// In which order the processes of a restore are born, so that each ends up in its session and process group.
///
/// A process is born into the session of its parent and can only leave it for one of its own (setsid(2)), so that a child
/// of an older session is born before its parent's setsid. What is gone from the tree but lives on in ids is played by
/// helpers, which end (status 0) once all is built: a dead leader of a session or group, and the parent of a task that an
/// ancestor has adopted since.
struct BirthPlan {
  /// What one process does, in this order: `adoptsOrphans`, a group of its own, children of the older session, setsid,
  /// the other children, another's group. So nobody waits for a process that it has yet to make.
  struct Birth: Hashable, Sendable {
    let pid: Int32
    /// Ends with status 0 once all tasks are built and its own helpers have ended; its maker waits for it.
    var isHelper = false
    /// PR_SET_CHILD_SUBREAPER, for the time of the restore: children of helpers come to this process.
    var adoptsOrphans = false
    /// Children, helpers among them, that are born before setsid(2).
    var childrenBefore: [Int32] = []
    var startsSession = false
    var childrenAfter: [Int32] = []
    var group = Group.inherited

    var children: [Int32] { childrenBefore + childrenAfter }
  }

  enum Group: Hashable, Sendable {
    /// As born, or by its setsid.
    case inherited
    /// setpgid(0, 0), before it makes children.
    case own
    /// setpgid(0, leader), once the leader, which is of the same session, has said that its group stands.
    case of(leader: Int32)
    /// setpgid(0, our own process's group), after its children: what the root is born in, as a shell job.
    case outside
  }

  /// By pid, tasks and helpers.
  private(set) var births: [Int32: Birth] = [:]
  private(set) var root: Int32 = 0

  /// Those that are no tasks.
  var helpers: [Birth] { births.values.filter(\.isHelper).sorted { $0.pid < $1.pid } }

  /// What the images tell of a task.
  struct Member: Hashable, Sendable {
    var pid: Int32
    /// 0 for the root.
    var parent: Int32
    var session: Int32
    var group: Int32
    var isDead = false
    /// Orphans below it come to it (PR_SET_CHILD_SUBREAPER).
    var adopts = false
  }

  /// - Parameters:
  ///   - members: Parents before their children, the root first.
  ///   - isShellJob: A session that began outside of the tree becomes our own (criu(8), --shell-job).
  ///   - isTaken: Whether a pid is in use; asked for helpers that may have any.
  /// - Throws: `EOPNOTSUPP` a session from outside, or a tree that no order of births gives; `EBADMSG` ids that cannot be.
  init(_ members: [Member], isShellJob: Bool, isTaken: (Int32) -> Bool) throws(Failure) {
    var builder = try BirthPlanBuilder(members, isShellJob: isShellJob)
    try builder.placeBirths(isTaken: isTaken)
    try builder.placeGroups()
    births = builder.births
    root = builder.root
  }
}
