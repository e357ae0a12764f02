internal import Linux

extension Seizure {
  /// The tasks as values; all is stopped.
  func describe() throws(Failure) -> [FrozenTask] {
    var virtualPids: [Int32: Int32] = [:]
    var frozen: [FrozenTask] = []
    for task in tasks {
      let status = try ProcStatus(pid: task.pid)
      let virtualPid = status.namespacePids.last ?? task.pid
      virtualPids[task.pid] = virtualPid
      frozen.append(
        FrozenTask(
          pid: task.pid, virtualPid: virtualPid, parent: task.parent,
          virtualParent: virtualPids[task.parent] ?? 0,
          processGroup: status.namespaceProcessGroups.last ?? 0, session: status.namespaceSessions.last ?? 0,
          command: unescaped(status.name), state: try state(of: task),
          threads: try threads(of: task, leader: status),
          pidFD: task.isZombie ? nil : try openProcess(task.pid)))
    }
    return frozen
  }

  private func state(of task: Found) throws(Failure) -> FrozenTask.State {
    if task.isZombie { return .zombie(exitStatus: try ProcStat(pid: task.pid).exitStatus) }
    if case .groupStopped(let signal)? = task.threads[task.pid] ?? nil { return .stopped(signal: signal) }
    return .alive
  }

  private func threads(of task: Found, leader: ProcStatus) throws(Failure) -> [FrozenThread] {
    if task.isZombie { return [] }
    var threads: [FrozenThread] = []
    for tid in task.threads.keys.sorted(by: { ($0 == task.pid ? 0 : $0) < ($1 == task.pid ? 0 : $1) }) {
      let status = tid == task.pid ? leader : try ProcStatus(pid: task.pid, tid: tid)
      if status.seccompMode != 0 { suspendSeccomp(of: Tracee(tid: tid)) }
      threads.append(
        FrozenThread(
          tid: tid, virtualTid: status.namespacePids.last ?? tid, status: status,
          context: try ThreadContext(of: Tracee(tid: tid), pid: task.pid)))
    }
    return threads
  }

  /// What the parasite calls, a filter may forbid. It comes back by itself when the thread is let go.
  private func suspendSeccomp(of tracee: Tracee) {
    do throws(Failure) {
      try tracee.setOptions([.markSystemCalls, .suspendSeccomp])
    } catch {
      log.warning("The seccomp filters of thread \(tracee.tid) stay on during the dump: \(error.errno)")
    }
  }

  /// status shows a newline as \n and a backslash as \\ (proc_pid_status(5)).
  private func unescaped(_ name: String) -> String {
    guard name.utf8.contains(UInt8(ascii: "\\")) else { return name }
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in name.utf8 {
      if !isEscaped, byte == UInt8(ascii: "\\") {
        isEscaped = true
        continue
      }
      bytes.append(isEscaped && byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
      isEscaped = false
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
