internal import Engine
internal import Linux
internal import Sinks
internal import Streams

extension Session {
  /// `criu dump`
  func dump(pid: Int32) throws(Failure) {
    // Taken before anything is frozen: a port may be in use.
    let serve = options.lazyPages ? serving(try openClients()) : nil
    let dump = dumpOptions(pid: pid)
    try writeSet(tracks: dump.goesOnTracking) { (sink, journal) throws(Failure) in
      try Engine.dump(
        dump, into: sink, parent: try parentSource(), thenServe: serve, journal: journal, log: log)
    }
    log.info("Dumping finished successfully")
  }

  /// Runs `body`, which dumps into the sink that the options name; when it throws, nothing of the set is left.
  ///
  /// - Parameter tracks: The set is to be the parent of a later dump.
  func writeSet(
    tracks: Bool, _ body: (any ImageSink, GuardedJournal) throws(Failure) -> DumpStatistics
  ) throws(Failure) {
    let journal = try GuardedJournal.start(log: log)
    let sink = try sink(journal: journal, tracks: tracks)
    do throws(Failure) {
      let statistics = try body(sink, journal)
      try journal.close()
      // Those of a page server are its own to drop; what a stream left is elsewhere.
      if options.autoDeduplicates, !options.usesPageServer, !options.usesStream { dropReplacedPagesIfPossible() }
      try log.trace?.finish()
      try report(statistics)
    } catch {
      if fault == .dumpCrash { sendSignal(Signal.abort, to: currentPid()) }
      sink.abandon()
      journal.undoAll()
      try journal.close()
      throw error
    }
  }

  /// What follows a dump that leaves pages out.
  private func serving(_ clients: Clients) -> (any PageStore) throws(Failure) -> Void {
    return { (pages: any PageStore) throws(Failure) -> Void in
      log.info("The images are whole: serving the pages that they lack")
      try sayReady()
      try servePages(pages, to: clients)
    }
  }

  private func report(_ statistics: DumpStatistics) throws(Failure) {
    if options.showsStatistics { try writeText(statistics.lines.joined(separator: "\n") + "\n") }
    let sink = try statisticsSink()
    try statistics.write(to: sink)
    try sink.commit()
  }
}
