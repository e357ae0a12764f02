internal import Linux

/// What /proc/PID/smaps told of the mappings of large tasks just before the freeze. The kernel walks over all pages to
/// write it; in the freeze, /proc/PID/maps shows at once that the mappings are still those.
///
/// What a program may change of a mapping without a trace in maps (madvise(2)), the clone's own smaps tells later.
struct ForeseenMappings {
  private var entries: [Int32: [MapsEntry]] = [:]

  /// - Parameter pids: Tasks that run. What has ended is left out.
  init(of pids: [Int32]) {
    for pid in pids {
      entries[pid] = ifThere { () throws(Failure) in try MapsFile.smaps.read(pid: pid) }
    }
  }

  func has(_ pid: Int32) -> Bool { entries[pid] != nil }

  /// All mappings of a frozen task, as smaps tells of them, without the time that smaps takes.
  ///
  /// - Returns: `nil` where nothing was foreseen, or something has changed.
  func entries(of task: FrozenTask) throws(Failure) -> [MapsEntry]? {
    guard let foreseen = entries[task.pid], let status = task.threads.first?.status else { return nil }
    let found = try MapsFile.maps.read(pid: task.pid)
    guard let entries = ForeseenMappings.complete(found, from: foreseen) else { return nil }
    // mlock(2) leaves no trace in maps, and a clone does not have it.
    let locked = entries.reduce(0) { $1.flags.contains(.locked) ? $0 + $1.byteCount : $0 }
    return locked == status.lockedByteCount ? entries : nil
  }

  /// - Parameters:
  ///   - found: Of maps, ascending.
  ///   - foreseen: Of smaps, ascending.
  /// - Returns: What was found, with what only smaps tells; `nil` where they are not the same mappings.
  static func complete(_ found: [MapsEntry], from foreseen: [MapsEntry]) -> [MapsEntry]? {
    guard found.count == foreseen.count else { return nil }
    for (now, then) in zip(found, foreseen) {
      var plain = then
      (plain.flags, plain.pageByteCount) = (now.flags, now.pageByteCount)
      (plain.sharedCleanByteCount, plain.sharedDirtyByteCount) = (now.sharedCleanByteCount, now.sharedDirtyByteCount)
      if plain != now { return nil }
    }
    return foreseen
  }
}
