internal import Engine
internal import Linux
internal import Streams

extension Session {
  /// `criu pre-dump`
  func preDump(pid: Int32) throws(Failure) {
    var dump = dumpOptions(pid: pid)
    dump.tracksMemory = true
    if options.usesStream { dump.memoryRead = .readv }  // the tree runs on
    try writeSet(tracks: true) { (sink, journal) throws(Failure) in
      try Engine.preDump(
        dump, readsAfterwards: options.preDumpMode == .read, into: sink, parent: try parentSource(), journal: journal,
        log: log)
    }
    log.info("Pre-dumping finished successfully")
  }
}
