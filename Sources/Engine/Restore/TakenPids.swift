internal import Linux

/// Whether the ids that a tree needs are free: told before the first of its processes is made.
enum TakenPids {
  /// - Returns: A finding for each id of the plan that a process, a thread, a group or a session of this pid namespace
  ///   still has.
  static func findings(for plan: RestorePlan) -> [Failure] {
    var findings: [Failure] = []
    for task in plan.tasks {
      for tid in task.isDead ? [task.pid] : task.threads.map(\.tid) where isTaken(tid) {
        findings.append(
          Failure(
            "restore the task", "\(task.subject): the id \(tid) is taken", .exists,
            remedy: "End the process that has it, or restore in a new pid namespace (unshare --pid --fork, criu-ns)."))
      }
    }
    for helper in plan.births.helpers where isTaken(helper.pid) {
      findings.append(
        Failure(
          "restore a process group", "\(helper.pid): the id is taken", .exists,
          remedy: "End the process that has it, or restore in a new pid namespace (unshare --pid --fork, criu-ns)."))
    }
    return findings
  }

  /// kill(2) with signal 0 finds threads as well as processes.
  private static func isTaken(_ id: Int32) -> Bool { processExists(id) }
}
