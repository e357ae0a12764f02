internal import Engine
internal import Linux
internal import Sinks
internal import Streams

extension Session {
  /// `criu dump`
  func dump(pid: Int32) throws(Failure) {
    let journal = try GuardedJournal.start(log: log)
    let sink = DirectorySink(
      adopting: try openDirectory(imagesDirectory), path: imagesDirectory, contents: .wholeSet, durability: .pageCache,
      journal: journal)
    do throws(Failure) {
      let statistics = try Engine.dump(dumpOptions(pid: pid), into: sink, journal: journal, log: log)
      try journal.close()
      try report(statistics)
    } catch {
      sink.abandon()
      journal.undoAll()
      try journal.close()
      throw error
    }
    log.info("Dumping finished successfully")
  }

  private func report(_ statistics: DumpStatistics) throws(Failure) {
    if options.showsStatistics { try writeText(statistics.lines.joined(separator: "\n") + "\n") }
    let sink = try statisticsSink()
    try statistics.write(to: sink)
    try sink.commit()
  }

  /// Statistics lie beside the set, in the work directory.
  func statisticsSink() throws(Failure) -> DirectorySink {
    DirectorySink(
      adopting: try openDirectory(workDirectory), path: workDirectory, contents: .part, durability: .pageCache,
      journal: FileJournal(), ring: .never)
  }

  func openDirectory(_ path: String) throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check("open the directory", path, remedy: "Make it first, or name another with --images-dir.") {
          File.open(path, [.readOnly, .directory])
        }))
  }
}
