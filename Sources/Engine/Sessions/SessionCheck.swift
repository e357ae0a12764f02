internal import Linux

/// Whether the sessions of a tree lie inside it, so that a restore can make them.
enum SessionCheck {
  static func check(_ tree: FrozenTree, isShellJob: Bool) throws(Failure) {
    guard !isShellJob else { return }
    let pids = Set(tree.tasks.map(\.virtualPid))
    // A dead leader's session is made again by a process that then ends; but only when its tasks came from the tree.
    guard let task = tree.tasks.first(where: { $0.session == tree.root.session && !pids.contains($0.session) })
    else { return }
    throw Failure(
      "dump the session", "\(task.subject), whose session \(task.session) began outside of the tree", .notSupported,
      remedy: "Dump from the session's leader on, start the program with setsid, or give --shell-job (-j).")
  }
}
