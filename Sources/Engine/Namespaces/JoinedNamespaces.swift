internal import Linux

/// Namespaces of others that a restored tree is to be in (criu(8), --join-ns).
///
/// The engine is in them while it makes the tree, so that what it makes for the tree is there too; only the clocks of a
/// time namespace it leaves to the root task, as its own must go on.
struct JoinedNamespaces {
  private struct Joined {
    let kind: NamespaceKind
    let subject: String
    /// That of others, and the engine's own. Open until the engine ends.
    let theirs, own: BorrowedFD
  }

  private var joined: [Joined] = []

  /// Opens all, and enters none.
  ///
  /// - Throws: `ENOENT`, `EINVAL` it is no such namespace.
  init(_ options: [RestoreOptions.JoinedNamespace]) throws(Failure) {
    for option in options {
      let name = option.kind.rawValue
      let path = FilePath(option.pid.map { "/proc/\($0)/ns/\(name)" } ?? option.path)
      let remedy = "Give a process that runs, or a file that a namespace is mounted on."
      let theirs = try during("looking at --join-ns") { () throws(Failure) in
        BorrowedFD(try path.open(flags: 0, remedy: remedy).release())
      }
      guard theirs.isNamespace(option.kind) else {
        throw Failure("join the \(name) namespace", "\(path) (--join-ns)", .invalid, remedy: remedy)
      }
      let own = try FilePath("/proc/self/ns/\(name)").open(flags: 0, remedy: "See that /proc is mounted.")
      joined.append(Joined(kind: option.kind, subject: "\(path)", theirs: theirs, own: BorrowedFD(own.release())))
    }
  }

  var hasClocks: Bool { joined.contains { $0.kind == .time } }

  /// In the engine.
  func enter() throws(Failure) {
    for namespace in joined where namespace.kind != .time {
      try namespace.theirs.enter(namespace.kind, namespace.subject)
    }
  }

  /// In the engine, when the tree is whole.
  func leave() throws(Failure) {
    for namespace in joined where namespace.kind != .time { try namespace.own.enter(namespace.kind, "our own") }
  }

  /// In the root task, before it has children.
  ///
  /// - Returns: A log whose lines go on in the time of the others.
  func enterClocks(log: Log) throws(Failure) -> Log {
    let before = try TimeOffsets.read(pid: currentPid())
    for namespace in joined where namespace.kind == .time { try namespace.theirs.enter(.time, namespace.subject) }
    guard let before, let now = try TimeOffsets.read(pid: currentPid()) else { return log }
    return log.shifted(microseconds: (now.monotonic - before.monotonic) / 1000)
  }
}
