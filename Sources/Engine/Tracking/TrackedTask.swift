internal import Linux

/// A task whose writes are tracked, and the descriptor that holds the tracking up.
final class TrackedTask {
  /// What tells a task from another that has its pid later.
  struct Identity: Hashable, Sendable {
    let virtualPid, pid: Int32
    /// Clock ticks since boot.
    let startTime: UInt64

    func isStill(_ task: FrozenTask) throws(Failure) -> Bool {
      let now = try ProcStat(pid: task.pid).startTime
      return task.virtualPid == virtualPid && task.pid == pid && now == startTime
    }
  }

  let identity: Identity
  let descriptor: OwnedFD

  init(_ identity: Identity, _ descriptor: consuming OwnedFD) {
    self.identity = identity
    self.descriptor = descriptor
  }

  /// Has the task make the descriptor, takes a copy, and has it close its own: the next file that it opens gets the
  /// number that it would have got.
  static func begin(_ task: FrozenTask, through parasite: Parasite) throws(Failure) -> TrackedTask {
    let call = WriteTracking.systemCall
    let thread = task.threads[0]
    let number = try check("make a userfaultfd", task.subject, try parasite.systemCall(call.number, on: thread, call.flags))
    let copy = Result { () throws(Failure) in
      try copyDescriptor(CInt(number), of: task.process(for: task.subject), "\(task.subject), its userfaultfd")
    }
    let close = 3  // SYS_close
    try check("close a userfaultfd", task.subject, try parasite.systemCall(close, on: thread, number))
    let descriptor = try copy.get()
    try descriptor.borrowed().beginWriteTracking(task.subject)
    let identity = Identity(
      virtualPid: task.virtualPid, pid: task.pid, startTime: try ProcStat(pid: task.pid).startTime)
    return TrackedTask(identity, descriptor)
  }

  /// Whether the program has such descriptors, or ranges of one: ours would be in its way.
  static func usesUserFaults(_ task: FrozenTask, _ mappings: [Mapping]) throws(Failure) -> Bool {
    if mappings.contains(where: { !$0.entry.flags.isDisjoint(with: [.writeProtected, .missingPages]) }) { return true }
    let directory = "/proc/\(task.pid)/fd"
    for number in try names(inDirectory: directory) {
      let link = try FilePath("\(directory)/\(number)").readLink(remedy: "See that /proc is mounted.")
      if link == WriteTracking.link { return true }
    }
    return false
  }

  /// - Returns: Why a mapping is not tracked.
  func add(_ mapping: Mapping) -> Errno? { descriptor.borrowed().trackWrites(to: mapping.range) }
}

/// - Parameter result: Of a system call of the task.
@discardableResult
private func check(_ attempted: String, _ subject: String, _ result: Int) throws(Failure) -> Int {
  guard let errno = Errno(result: result) else { return result }
  throw Failure(
    attempted, subject, errno, remedy: "Raise the task's limit of open files, or allow it the call in its seccomp filter.")
}
