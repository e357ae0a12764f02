/// Pages next to each other of which the kernel tells the same.
public struct PagemapRegion: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable {
    /// Contents that are this mapping's own: in memory or swapped out, neither the zero page nor a file's.
    case data
    /// A guard page (madvise(2), MADV_GUARD_INSTALL).
    case guarded
  }

  public var start: UInt64
  public var end: UInt64
  public var kind: Kind

  public init(start: UInt64, end: UInt64, kind: Kind) {
    self.start = start
    self.end = end
    self.kind = kind
  }

  public var range: Range<UInt64> { start..<end }
}

/// Regions in ascending order, where those that touch and are of one kind become one.
struct PagemapRegions {
  private(set) var all: [PagemapRegion] = []

  mutating func append(_ region: PagemapRegion) {
    if let last = all.last, last.end == region.start, last.kind == region.kind {
      all[all.count - 1].end = region.end
    } else {
      all.append(region)
    }
  }
}
