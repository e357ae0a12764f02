internal import Linux

/// The addresses where mappings wait until they are moved to their places, or, where the engine has nothing there, their
/// places. A clone of the process has its own copy of this, and of all that its parent mapped here.
final class MemoryArena {
  /// Of those that wait.
  let range: Range<UInt64>
  /// Of those that stand in their places already. Ascending.
  private let standing: [Range<UInt64>]
  private var cursor: UInt64
  private var lastBlock = 0

  /// Reserves the addresses, so that nothing else of the engine lands there.
  ///
  /// - Parameter standing: Of tasks, where they are free; ascending.
  /// - Throws: `EEXIST` the plan is too old.
  init(_ range: Range<UInt64>, standing: [Range<UInt64>] = []) throws(Failure) {
    self.range = range
    cursor = range.lowerBound
    if !range.isEmpty { try reserveAddresses(range) }
    var reserved: [Range<UInt64>] = []
    for target in standing {
      do throws(Failure) { try reserveAddresses(target) } catch { continue }  // what goes there waits in the arena
      reserved.append(target)
    }
    self.standing = reserved
  }

  /// Addresses for `target`. Nothing is mapped there yet.
  ///
  /// A large one gets the same offset within a huge page as its target: then the kernel moves page tables, not pages,
  /// and huge pages stay whole.
  ///
  /// - Parameters:
  ///   - pageByteCount: Of the mapping; more than 4096 for hugetlb.
  ///   - mayStand: It may be mapped in its place at once.
  /// - Throws: `ENOMEM` the arena is full.
  func take(for target: Range<UInt64>, pageByteCount: UInt64 = 4096, mayStand: Bool = false) throws(Failure) -> Place {
    if mayStand, isFree(target) {
      lastBlock += 1
      return Place(address: target.lowerBound, block: lastBlock)
    }
    let unit = max(pageByteCount, target.count >= 2 << 20 ? 2 << 20 : 4096)
    let start = cursor + (target.lowerBound &- cursor) & (unit - 1)
    guard start <= range.upperBound, range.upperBound - start >= UInt64(target.count) else {
      throw Failure(
        "prepare the memory", "\(target.count) bytes in an arena of \(range.count)", .noMemory,
        remedy: "The tasks fill the address space: restore them with a version of criu that needs less.")
    }
    cursor = start + UInt64(target.count)
    lastBlock += 1
    return Place(address: start, block: lastBlock)
  }

  private func isFree(_ target: Range<UInt64>) -> Bool {
    let index = standing.firstIndex(endingAbove: target.lowerBound, end: \.upperBound)
    return index < standing.count && standing[index].lowerBound <= target.lowerBound
      && standing[index].upperBound >= target.upperBound
  }

  /// Where a mapping waits, or stands.
  struct Place: Hashable {
    let address: UInt64
    /// Addresses of one block belong to one mapping of the kernel, and may be moved at once.
    let block: Int
  }
}
