internal import Images
internal import Linux
internal import Streams

/// The record that makes a set whole: written last.
enum InventoryRecord {
  /// - Parameters:
  ///   - ownIDs: Of our own process, so that a restore can tell which namespaces of the tree are ours.
  ///   - runID: Names what the dump makes outside of its images.
  ///   - uptime: `uptimeMicroseconds()` while the tree was frozen.
  static func write(
    ownIDs: TaskKobjIdsEntry, options: DumpOptions, runID: String, uptime: UInt64, to sink: any ImageSink
  ) throws(Failure) {
    let record = InventoryEntry {
      $0.imgVersion = 2
      $0.fdinfoPerId = true
      $0.rootIds = ownIDs
      $0.rootCgSet = CgroupDump.ownSet
      $0.nsPerId = true
      $0.lsmtype = .noLsm
      $0.networkLockMethod = options.sockets.networkLock.rawValue - 1  // the image counts from 0, RPC from 1
      $0.pluginsEntry = PluginsEntry()
      $0.dumpCriuRunId = runID
      if options.tracksMemory { $0.dumpUptime = uptime }
      if options.sockets.tcpClose { $0.tcpClose = true }
    }
    try sink.write(records: [record], to: .inventory)
  }

  /// Of a pre-dump, which can be a parent only: no image version makes every restore refuse it.
  static func writePreDump(readsAfterwards: Bool, uptime: UInt64, to sink: any ImageSink) throws(Failure) {
    let record = InventoryEntry {
      $0.imgVersion = 0
      $0.dumpUptime = uptime
      $0.preDumpMode = readsAfterwards ? 2 : 1
      $0.pluginsEntry = PluginsEntry()
    }
    try sink.write(records: [record], to: .inventory)
  }

  /// Microseconds since boot, as the start times of processes count: one that started later was not in the tree.
  static func uptimeMicroseconds() -> UInt64 {
    let now = time(of: .boot)
    return UInt64(now.seconds) * 1_000_000 + UInt64(now.nanoseconds) / 1000
  }
}
