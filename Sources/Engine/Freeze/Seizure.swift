internal import Linux

/// Stops a tree that may go on making threads and children: seizes all that it knows of, asks what is new, and repeats
/// that until a walk over stopped tasks finds nothing.
final class Seizure {
  /// A task that was found; it may have ended since.
  final class Found {
    let pid: Int32
    let parent: Int32
    /// Stops of its threads; `nil` while one has not stopped yet.
    var threads: [Int32: TraceStop?] = [:]
    /// It was listed once after all known threads had stopped, and nothing was new.
    var isSettled = false
    var isZombie = false

    init(pid: Int32, parent: Int32) {
      self.pid = pid
      self.parent = parent
    }
  }

  let root: Int32
  let timeout: Duration
  let deadline: Deadline
  let log: Log
  /// False: only the root's own threads.
  private let withChildren: Bool
  private let began = monotonicMicroseconds()
  /// Parents before their children.
  private(set) var tasks: [Found] = []
  private var known: Set<Int32> = []

  init(root: Int32, withChildren: Bool = true, timeout: Duration, log: Log) {
    self.root = root
    self.withChildren = withChildren
    self.timeout = timeout
    self.deadline = Deadline(after: timeout)
    self.log = log
  }

  func run(
    in cgroup: FreezerCgroup? = nil, whenStopped: ([Int32]) -> Void = { _ in }
  ) throws(Failure) -> FrozenTree {
    add(root, parent: 0)
    if let cgroup { try seizeFrozen(cgroup) }
    repeat {
      while try advance(tasks.filter { !$0.isSettled }) {}
      // Orphans move up to a task that was settled already, where there is more than one.
    } while try known.count > 1 ? findChildren(of: tasks) : false
    guard let first = tasks.first, first.pid == root, !first.isZombie else {
      throw Failure("freeze the process", "pid \(root)", .noProcess, remedy: "It has ended: there is nothing to dump.")
    }
    for task in tasks { try agreeOnGroupStop(task) }
    let ended = monotonicMicroseconds()
    whenStopped(tasks.filter { !$0.isZombie }.map(\.pid))
    let frozen = try describe()
    return FrozenTree(tasks: frozen, freezeBegan: began, freezeEnded: ended, log: log)
  }

  /// Asks all threads to stop while nothing can change, and lets the cgroup go, so that they do.
  private func seizeFrozen(_ cgroup: FreezerCgroup) throws(Failure) {
    try cgroup.freeze(until: deadline)
    var visited = 0
    while visited < tasks.count {
      // To seize a task that job control has stopped would wait until the cgroup is let go (6.18); it cannot change.
      if !isStoppedByJobControl(tasks[visited].pid) { _ = try seizeThreads(of: tasks[visited]) }
      _ = try findChildren(of: [tasks[visited]])
      visited += 1
    }
    try cgroup.write(isFrozen: false)
  }

  /// A frozen task that was stopped is shown as one that waits.
  private func isStoppedByJobControl(_ pid: Int32) -> Bool {
    do throws(Failure) {
      if try ProcStatus(pid: pid).state == "T" { return true }
      return try readText("/proc/\(pid)/wchan") == "do_signal_stop"
    } catch {
      return false  // it has ended
    }
  }

  private func add(_ pid: Int32, parent: Int32) {
    known.insert(pid)
    tasks.append(Found(pid: pid, parent: parent))
  }

  /// One round over tasks that may still change. All are asked to stop before any is waited for.
  ///
  /// - Returns: Whether another round is needed.
  private func advance(_ unsettled: [Found]) throws(Failure) -> Bool {
    if unsettled.isEmpty { return false }
    for task in unsettled {
      let wasStopped = !task.threads.isEmpty && !task.threads.values.contains { $0 == nil }
      let seizedNew = try seizeThreads(of: task)
      task.isSettled = task.isZombie || (wasStopped && !seizedNew)
    }
    for task in unsettled { try awaitStops(of: task) }
    tasks.removeAll { $0.threads.isEmpty && !$0.isZombie }
    _ = try findChildren(of: unsettled.filter { $0.isSettled })
    return true
  }

  // MARK: Threads

  /// - Returns: Whether a thread was new.
  private func seizeThreads(of task: Found) throws(Failure) -> Bool {
    var seizedNew = false
    for tid in listThreads(of: task) where task.threads[tid] == nil {
      let tracee = Tracee(tid: tid)
      guard let errno = tracee.seize() else {
        task.threads[tid] = .some(nil)
        seizedNew = true
        // Killed since: its end is reported like a stop.
        do throws(Failure) { try tracee.interrupt() } catch { if error.errno != .noProcess { throw error } }
        continue
      }
      try explainRefusal(of: tid, in: task, errno)
    }
    return seizedNew
  }

  /// None when it has ended and was waited for.
  private func listThreads(of task: Found) -> [Int32] {
    do throws(Failure) { return try Linux.threads(of: task.pid) } catch { return [] }
  }

  /// Returns for a thread that has ended; a whole process that has ended is a zombie.
  private func explainRefusal(of tid: Int32, in task: Found, _ errno: Errno) throws(Failure) {
    let status: ProcStatus
    do throws(Failure) { status = try ProcStatus(pid: task.pid, tid: tid) } catch { return }
    let subject = "thread \(tid) of pid \(task.pid) (\(status.name))"
    if status.state == "Z" || status.state == "X" {
      guard tid == task.pid else { return }
      guard listThreads(of: task).count == 1 else {
        throw Failure(
          "freeze the thread", subject, .notSupported,
          remedy: "The main thread has ended while others go on, which an image cannot hold: wait until they end.")
      }
      task.isZombie = true
      return
    }
    if status.tracer != 0 { throw Seizure.traced(subject, status) }
    throw Failure(
      "freeze the thread", subject, errno,
      remedy: "Run as root, or with CAP_SYS_PTRACE, and look at /proc/sys/kernel/yama/ptrace_scope.")
  }

  static func traced(_ subject: String, _ status: ProcStatus) -> Failure {
    Failure(
      "freeze the thread", subject, .busy,
      remedy: "It is traced by pid \(status.tracer)\(name(of: status.tracer)): end that debugger or dump, then try again.")
  }

  private static func name(of pid: Int32) -> String {
    do throws(Failure) { return " (\(try ProcStatus(pid: pid).name))" } catch { return "" }
  }

  private func awaitStops(of task: Found) throws(Failure) {
    for (tid, stop) in task.threads where stop == nil {
      let stop = try awaitStop(of: Tracee(tid: tid), in: task)
      if case .ended = stop { task.threads[tid] = nil } else { task.threads[tid] = .some(stop) }
    }
    if task.threads[task.pid] == nil, !task.threads.isEmpty {
      throw Failure(
        "freeze the task", "pid \(task.pid)", .notSupported,
        remedy: "The main thread has ended while others go on, which an image cannot hold: wait until they end.")
    }
  }

  /// Signals that come first are delivered: the thread stops with its handler set up and not begun.
  private func awaitStop(of tracee: Tracee, in task: Found) throws(Failure) -> TraceStop {
    while true {
      let stop: TraceStop?
      do throws(Failure) {
        stop = try tracee.wait(until: deadline)
      } catch {
        if error.errno == .noChild { return .ended(status: 0) }
        throw error
      }
      switch stop {
      case .ended, .interrupted, .groupStopped: return stop!
      case .signal(let signal): try resume(tracee, delivering: signal)
      case .systemCall, .event: try resume(tracee, delivering: 0)
      case nil:
        throw Failure(
          "freeze the task", "thread \(tracee.tid) of pid \(task.pid)", .timedOut,
          remedy: "It waits in the kernel where it cannot be stopped (/proc/\(task.pid)/task/\(tracee.tid)/stack): "
            + "let that end, or allow more than \(timeout.components.seconds) s with --timeout.")
      }
    }
  }

  private func resume(_ tracee: Tracee, delivering signal: Int32) throws(Failure) {
    do throws(Failure) {
      try tracee.resume(delivering: signal)
    } catch {
      if error.errno != .noProcess { throw error }  // killed: the next wait says so
    }
  }

  // MARK: Children

  /// - Returns: Whether a child was new.
  private func findChildren(of parents: [Found]) throws(Failure) -> Bool {
    guard withChildren else { return false }
    let before = tasks.count
    for task in parents {
      for tid in task.threads.keys.sorted() {
        let children: [Int32]
        do throws(Failure) { children = try Linux.children(of: task.pid, thread: tid) } catch { continue }  // killed
        for pid in children where !known.contains(pid) { add(pid, parent: task.pid) }
      }
    }
    return tasks.count > before
  }

  // MARK: Group stops

  /// A stop signal that came while we interrupted: threads that had stopped for us before join it once let go.
  private func agreeOnGroupStop(_ task: Found) throws(Failure) {
    for _ in 0..<3 {
      guard let first = task.threads.values.first, task.threads.values.contains(where: { $0 != first }) else { return }
      for (tid, stop) in task.threads where stop == .some(.some(.interrupted)) {
        let tracee = Tracee(tid: tid)
        try tracee.interrupt()
        try tracee.resume()
        task.threads[tid] = .some(nil)
      }
      try awaitStops(of: task)
    }
    throw Failure(
      "freeze the task", "pid \(task.pid)", .notSupported,
      remedy: "Only some of its threads are stopped by a signal: send it SIGCONT or SIGSTOP, then try again.")
  }

  /// After a failure: whatever stops goes on. What does not stop in time does so when we end.
  func letGo() {
    let grace = Deadline(after: .milliseconds(100))
    for task in tasks {
      for (tid, stop) in task.threads {
        let tracee = Tracee(tid: tid)
        do throws(Failure) {
          if stop == nil, try tracee.wait(until: grace) == nil { continue }
          try tracee.detach()
        } catch {
          log.debug("thread \(tid) of pid \(task.pid) has ended: \(error.errno)")
        }
      }
    }
  }
}
