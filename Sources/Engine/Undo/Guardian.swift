internal import Images
internal import Linux
internal import Streams

/// The process that undoes the journal when the engine has ended.
enum Guardian {
  /// - Parameter engine: A pidfd.
  static func run(engine: consuming OwnedFD, memory: JournalMemory, log: Log) -> Never {
    do throws(Failure) {
      let kept = engine.withRaw { $0 }
      try becomeWatcher(name: "criu-guardian", keeping: [kept, log.descriptor])
      try awaitEnd(of: engine, "the engine")
    } catch {
      log.error(error)
      exitNow(1)
    }
    let entries = memory.liveEntries()
    if !entries.isEmpty { log.warning("The engine was lost: undoing \(entries.count) changes") }
    for (_, change) in entries { change.undo(isOrphan: true, log: log) }
    exitNow(0)
  }
}

extension Change {
  /// - Parameter isOrphan: The engine is gone.
  ///
  /// A change that was entered and not made is no error; what cannot be undone is logged, and the rest goes on.
  func undo(isOrphan: Bool, log: Log) {
    do throws(Failure) {
      switch self {
      case .fileMade(let path):
        if let status = try path.status() { try path.unlink(directory: status.format == .directory) }
      case .fileMoved(let path, let aside):
        guard try aside.status() != nil else { return }
        // A socket of ours that was about to go.
        if try path.status()?.format == .socket { try path.unlink() }
        try aside.rename(to: path, remedy: "Rename it by hand.")
      case .areaMapped(let pid, let address, let byteCount, let systemCall, let signalReturn, let convention):
        let removal = AreaRemoval(
          pid: pid, address: address, byteCount: byteCount,
          code: CodeAddresses(
            convention: CallConvention(rawValue: convention) ?? .code64, systemCall: systemCall, signalReturn: signalReturn),
          isOrphan: isOrphan, log: log)
        try removal.run()
      case .stateChanged(let path, let undoText):
        try writeText(undoText, to: path, "put the state back", remedy: "Write \(undoText) to it by hand.")
      case .firewallChanged(let firewall, let undoText, let namespace):
        guard let namespace else { return try firewall.run(undoText) }
        try namespace.run { () throws(Failure) in try firewall.run(undoText) }
      case .cgroupMade(let hierarchy, let path):
        try CgroupHierarchy(hierarchy, yard: nil).remove(path)
      case .taskCloned(let task, let clone, let startTime, let number):
        let reaping = CloneReaping(task: task, clone: clone, startTime: startTime, number: number)
        try reaping.run(CodeSequences(), log: log)
      case .segmentMade(let id, let key):
        let segment = SharedSegment(id: id)
        if let status = segment.existing(), status.key == key, status.attachCount == 0 { try segment.remove() }
      case .processStarted(let pid, let startTime):
        if let now = startTimeNow(of: pid), now == startTime ?? now { killProcess(pid) }
      }
    } catch {
      log.warning(error.during("undoing").description)
    }
  }

  /// `nil` when there is no such process.
  private func startTimeNow(of pid: Int32) -> UInt64? {
    do throws(Failure) { return try ProcStat(pid: pid).startTime } catch { return nil }
  }
}
