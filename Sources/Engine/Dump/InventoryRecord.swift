internal import Images
internal import Linux
internal import Streams

/// The record that makes a set whole: written last.
enum InventoryRecord {
  /// - Parameter ownIDs: Of our own process, so that a restore can tell which namespaces of the tree are ours.
  static func write(ownIDs: TaskKobjIdsEntry, options: DumpOptions, to sink: any ImageSink) throws(Failure) {
    let runID = try runIdentifier()
    let record = InventoryEntry {
      $0.imgVersion = 2
      $0.fdinfoPerId = true
      $0.rootIds = ownIDs
      $0.nsPerId = true
      $0.lsmtype = .noLsm
      $0.networkLockMethod = options.sockets.networkLock.rawValue - 1  // the image counts from 0, RPC from 1
      $0.pluginsEntry = PluginsEntry()
      $0.dumpCriuRunId = runID
      if options.sockets.tcpClose { $0.tcpClose = true }
    }
    try sink.write(records: [record], to: .inventory)
  }

  /// A random UUID as text (RFC 9562, version 4).
  private static func runIdentifier() throws(Failure) -> String {
    var bytes = try randomBytes(16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hex[$0].joined() }.joined(separator: "-")
  }
}
