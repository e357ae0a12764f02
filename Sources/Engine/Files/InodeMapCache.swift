internal import Images
internal import Linux
internal import Streams

/// Paths of watched inodes that a pre-dump searches for once its tree runs again, so that the dump need not do it while
/// the tree is frozen: the image irmap-cache of the parent set.
enum InodeMapCache {
  /// What the parent set knows; nothing without one.
  static func read(from parent: (any ImageSource)?) throws(Failure) -> [IrmapCacheEntry] {
    try parent?.records(of: IrmapCacheEntry.self, in: .irmapCache) ?? []
  }

  /// - Parameters:
  ///   - known: What an earlier pre-dump found.
  ///   - tasks: Pids of a tree that runs: what has gone meanwhile is left out.
  static func write(
    _ tasks: [Int32], known: [IrmapCacheEntry], options: DumpOptions, to sink: any ImageSink, log: Log
  ) throws(Failure) {
    let map = InodeMap()
    map.take(known)
    let inodes = WatchedInodes()
    for pid in tasks {
      do throws(Failure) { try search(pid, inodes, map, options) } catch {
        log.debug("Watched inodes of pid \(pid) are not searched for: \(error.summary)")
      }
    }
    guard !map.found.isEmpty else { return }
    try sink.write(records: map.found, to: .irmapCache)
    log.info("\(map.found.count) paths of watched inodes are known")
  }

  private static func search(
    _ pid: Int32, _ inodes: WatchedInodes, _ map: InodeMap, _ options: DumpOptions
  ) throws(Failure) {
    for number in try descriptorNumbers(of: pid) {
      let link = try FilePath("/proc/\(pid)/fd/\(number)").readLink(remedy: "Nothing: the dump looks again.")
      guard link == "anon_inode:inotify" || link == "anon_inode:[fanotify]" else { continue }
      let info = try FDInfo.read(pid: pid, descriptor: number)
      for text in info.values(of: "inotify ") + info.values(of: "fanotify ") {
        let line = WatchLine(text)
        guard line["ino"] != nil, try inodes.needsSearch(for: line, of: pid, options: options) else { continue }
        _ = try map.path(
          device: line.device, inode: line.inode, in: FilePath("/proc/\(pid)/root"), options: options)
      }
    }
  }
}
