internal import Engine
internal import Linux
internal import Sinks
internal import Streams

extension Session {
  /// `criu restore`
  ///
  /// - Parameter program: Takes our place at the end (--exec-cmd).
  /// - Returns: The exit status: that of the root task where the command waits for it.
  func restore(thenRun program: [String]) throws(Failure) -> CInt {
    let options = restoreOptions()
    let journal = try GuardedJournal.start(log: log)
    let source = try source(journal: journal)
    let statistics: RestoreStatistics
    do throws(Failure) {
      statistics = try Engine.restore(options, from: source, journal: journal, log: log)
      try journal.close()
      try log.trace?.finish()
    } catch {
      source.giveUp()
      journal.undoAll()
      try journal.close()
      throw error
    }
    if self.options.autoDeduplicates { dropRestoredPages(from: source) }
    if self.options.showsStatistics { try writeText(statistics.lines.joined(separator: "\n") + "\n") }
    let sink = try statisticsSink()
    try statistics.write(to: sink)
    try sink.commit()
    log.info("Restore finished successfully. Tasks resumed.")
    if self.options.runsCommandAfterRestore { throw becomeProgram(program) }
    guard options.attachment == .child else { return 0 }
    return try waitForEnd(of: statistics.rootPid).shellStatus
  }
}
