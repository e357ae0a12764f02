public import Linux
public import Streams

/// A tree of processes that is stopped for the dump. Each thread is traced by us, so that the kernel lets all of them
/// go on when we die.
public final class FrozenTree {
  /// What becomes of the tasks at the end.
  public enum Ending: Sendable {
    case running
    case stopped
    case killed
  }

  /// Parents before their children, the root first.
  public let tasks: [FrozenTask]
  /// CLOCK_MONOTONIC in microseconds: the first thread was asked to stop, and the last one had stopped.
  public let freezeBegan: Int
  public let freezeEnded: Int
  private let log: Log
  private var isOver = false
  /// Frozen again before the tasks go on.
  private var frozenBefore: FreezerCgroup?

  init(tasks: [FrozenTask], freezeBegan: Int, freezeEnded: Int, log: Log) {
    self.tasks = tasks
    self.freezeBegan = freezeBegan
    self.freezeEnded = freezeEnded
    self.log = log
  }

  public var root: FrozenTask { tasks[0] }

  /// Seizes a tree, runs `body` with it, and lets it go as `body` says, where `body` has not done so itself; when `body` throws, all tasks go on.
  ///
  /// - Parameters:
  ///   - root: As we see it.
  ///   - timeout: For all threads to stop (criu(8), --timeout).
  ///   - cgroup: Frozen while the tree is seized; a tree that was found frozen is left so.
  ///   - whenStopped: Called with the numbers of the tasks that live, in the tree's order, before they are looked at.
  ///   - journal: The cgroup's state is entered before it changes.
  /// - Throws: `ETIMEDOUT` a thread did not stop, `EBUSY` somebody else traces a task, `ESRCH` no such process.
  public static func withFrozen<R>(
    root: Int32, timeout: Duration, cgroup: FreezerCgroup? = nil, whenStopped: ([Int32]) -> Void = { _ in },
    journal: (any Journal)? = nil, log: Log, _ body: (FrozenTree) throws(Failure) -> (R, Ending)
  ) throws(Failure) -> R {
    let tree = try seize(
      root: root, timeout: timeout, cgroup: cgroup, whenStopped: whenStopped, journal: journal, log: log)
    do throws(Failure) {
      let (result, ending) = try body(tree)
      if !tree.isOver {
        try log.phase(ending == .killed ? "kill" : "thaw") { () throws(Failure) in try tree.end(ending) }
      }
      return result
    } catch {
      tree.thaw(leaving: .running)
      throw error
    }
  }

  /// As `withFrozen`, for a caller that ends the freeze itself by `thaw` or `kill`, also when something fails.
  public static func seize(
    root: Int32, timeout: Duration, cgroup: FreezerCgroup? = nil, whenStopped: ([Int32]) -> Void = { _ in },
    journal: (any Journal)? = nil, log: Log
  ) throws(Failure) -> FrozenTree {
    let seizure = Seizure(root: root, timeout: timeout, log: log)
    var entry: Int?
    if let cgroup, !cgroup.wasFrozen {
      entry = try journal?.enter(.stateChanged(path: cgroup.undo.path, undoText: cgroup.undo.text))
    }
    do throws(Failure) {
      let tree = try log.phase("freeze") { () throws(Failure) in try seizure.run(in: cgroup, whenStopped: whenStopped) }
      if let entry { journal?.strike(entry) }
      tree.frozenBefore = cgroup?.wasFrozen == true ? cgroup : nil
      log.info("Froze \(tree.tasks.count) tasks in \(tree.freezeEnded - tree.freezeBegan) us")
      return tree
    } catch {
      // In a frozen cgroup nothing could stop to be let go.
      do throws(Failure) { try cgroup?.write(isFrozen: false) } catch { log.warning(error.summary) }
      seizure.letGo()
      if cgroup?.wasFrozen == true {
        do throws(Failure) { try cgroup?.write(isFrozen: true) } catch { log.warning(error.summary) }
      }
      if let entry { journal?.strike(entry) }
      throw error
    }
  }

  public func end(_ ending: Ending) throws(Failure) {
    if ending == .killed { try kill() } else { thaw(leaving: ending) }
  }

  /// Lets all threads go on from where they were; a task that was found in a group stop stays in it. Once.
  public func thaw(leaving ending: Ending) {
    guard !isOver else { return }
    isOver = true
    for task in tasks { task.parasite?.cureAfterFailure() }
    freezeAgain()
    for task in tasks where !task.isZombie {
      // Queued before any thread goes on, so that none runs a single instruction.
      for signal in task.heldSignals { sendSignal(signal, to: task.pid) }
      if ending == .stopped, task.state == .alive { sendSignal(Signal.stop, to: task.pid) }
      for thread in task.threads {
        do throws(Failure) {
          try thread.tracee.detach()
        } catch {
          log.warning("\(task.subject) was killed while it was frozen: \(error.errno)")
          _ = try? thread.tracee.waitNow()  // of an ended thread: nothing to learn
        }
      }
    }
  }

  private func freezeAgain() {
    do throws(Failure) { try frozenBefore?.write(isFrozen: true) } catch { log.warning(error.summary) }
  }

  /// Kills all tasks without letting them run again, and waits until they have ended. Once.
  ///
  /// Dead tasks whose parent is not in the tree are left for that parent to wait for.
  public func kill() throws(Failure) {
    guard !isOver else { return }
    isOver = true
    for task in tasks where !task.isZombie { sendSignal(Signal.kill, to: task.pid) }
    let deadline = Deadline(after: .seconds(60))
    for task in tasks {
      // The leader ends only after its threads were waited for.
      for thread in task.threads.reversed() { try awaitEnd(of: thread, in: task, until: deadline) }
    }
  }

  private func awaitEnd(of thread: FrozenThread, in task: FrozenTask, until deadline: Deadline) throws(Failure) {
    while true {
      let stop: TraceStop?
      do throws(Failure) {
        stop = try thread.tracee.wait(until: deadline)
      } catch {
        if error.errno == .noChild { return }
        throw error
      }
      switch stop {
      case .ended: return
      case nil:
        throw Failure(
          "kill the task", task.subject, .timedOut,
          remedy: "It is stuck in the kernel: look at /proc/\(task.pid)/stack; it ends when the kernel lets it.")
      default: continue  // it was stopped before the signal came
      }
    }
  }
}

extension FrozenTask {
  public var isZombie: Bool {
    if case .zombie = state { return true }
    return false
  }
}
