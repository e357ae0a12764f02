internal import Images
internal import Linux
internal import Streams

/// The record that makes a set whole: written last.
enum InventoryRecord {
  /// - Parameters:
  ///   - ownIDs: Of our own process, so that a restore can tell which namespaces of the tree are ours.
  ///   - runID: Names what the dump makes outside of its images.
  static func write(
    ownIDs: TaskKobjIdsEntry, options: DumpOptions, runID: String, to sink: any ImageSink
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
      if options.sockets.tcpClose { $0.tcpClose = true }
    }
    try sink.write(records: [record], to: .inventory)
  }
}
