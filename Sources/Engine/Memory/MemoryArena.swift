internal import Linux

/// The addresses where mappings wait until they are moved to their places. A clone of the process has its own copy of
/// this, and of all that its parent mapped here.
final class MemoryArena {
  let range: Range<UInt64>
  private var cursor: UInt64
  private var lastBlock = 0

  /// Reserves the addresses, so that nothing else of the engine lands there.
  ///
  /// - Throws: `EEXIST` the plan is too old.
  init(_ range: Range<UInt64>) throws(Failure) {
    self.range = range
    cursor = range.lowerBound
    if !range.isEmpty { try reserveAddresses(range) }
  }

  /// Addresses for `target`. Nothing is mapped there yet.
  ///
  /// A large one gets the same offset within a huge page as its target: then the kernel moves page tables, not pages,
  /// and huge pages stay whole.
  ///
  /// - Parameter pageByteCount: Of the mapping; more than 4096 for hugetlb.
  /// - Throws: `ENOMEM` the arena is full.
  func take(for target: Range<UInt64>, pageByteCount: UInt64 = 4096) throws(Failure) -> Place {
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

  /// Where a mapping waits.
  struct Place: Hashable {
    let address: UInt64
    /// Addresses of one block belong to one mapping of the kernel, and may be moved at once.
    let block: Int
  }
}
