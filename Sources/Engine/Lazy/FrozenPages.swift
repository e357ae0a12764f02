internal import Linux
internal import Streams

/// The pages of a stopped tree that its dump left out, read where they are when they are asked for.
final class FrozenPages: PageStore {
  /// Of one task.
  struct Task {
    let memory: TaskPages
    /// Ascending.
    let extents: [PageExtent]
  }

  private let tasks: [UInt32: Task]

  /// - Parameter tasks: By the pid that the tree itself sees.
  init(_ tasks: [UInt32: Task]) { self.tasks = tasks }

  func read(_ pid: UInt32, at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    guard let task = tasks[pid] else { throw absent(pid, address) }
    var done = 0
    while done < buffer.count, let extent = task.extents.extent(at: address + UInt64(done)) {
      let start = address + UInt64(done)
      let byteCount = min(buffer.count - done, Int(extent.run.end - start))
      try task.memory.read(
        [TaskPages.Piece(address: start, byteCount: byteCount, way: extent.way)],
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + byteCount)]))
      done += byteCount
    }
    guard done > 0 else { throw absent(pid, address) }
    return done / pageSize
  }

  private func absent(_ pid: UInt32, _ address: UInt64) -> Failure {
    Failure(
      "serve the page", "0x\(String(address, radix: 16)) of pid \(pid), which was not left out of the dump", .noEntry,
      remedy: "Restore the images of this dump, not of another.")
  }
}

extension [PageExtent] {
  /// That of an address, in a list that ascends.
  func extent(at address: UInt64) -> PageExtent? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].run.end <= address { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].run.address <= address ? self[low] : nil
  }
}
