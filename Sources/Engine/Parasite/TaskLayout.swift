internal import Linux

/// What the injection needs of a task's mappings (/proc/PID/maps): its code, and where there is room.
struct TaskLayout {
  let mappings: [MapsEntry]

  init(of pid: Int32) throws(Failure) { mappings = try MapsFile.maps.read(pid: pid) }

  /// - Parameter mappings: All, ascending.
  init(mappings: [MapsEntry]) { self.mappings = mappings }

  /// Room for `byteCount` bytes, away from what may grow: stacks downwards, the heap upwards.
  ///
  /// - Parameter limit: End of what the task may map.
  func hole(byteCount: UInt64, below limit: UInt64) -> UInt64? {
    let margin: UInt64 = 16 << 20
    var end: UInt64 = 1 << 20
    var best: UInt64?
    for mapping in mappings where mapping.start < limit {
      if mapping.start > end, mapping.start - end >= byteCount + 2 * margin { best = mapping.start - margin - byteCount }
      end = max(end, mapping.end)
    }
    return best.map { $0 & ~0xfff }
  }
}
