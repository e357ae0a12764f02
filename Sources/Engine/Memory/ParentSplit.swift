internal import Linux
internal import Streams

/// Cuts extents into pages that are written and pages that are left to the parent set.
enum ParentSplit {
  /// Linear in all three lists, which ascend and do not overlap.
  static func split(_ extents: [PageExtent], unchanged: [Range<UInt64>], held: [PageRun]) -> [PageExtent] {
    let kept = AddressRanges.intersection(unchanged, held.map { $0.address..<$0.end })
    guard !kept.isEmpty else { return extents }
    var result: [PageExtent] = []
    var next = 0
    for extent in extents {
      var address = extent.run.address
      while next < kept.count, kept[next].upperBound <= address { next += 1 }
      var at = next
      while at < kept.count, kept[at].lowerBound < extent.run.end {
        let part = kept[at].clamped(to: address..<extent.run.end)
        append(address..<part.lowerBound, of: extent, flags: extent.run.flags, to: &result)
        append(part, of: extent, flags: .parent, to: &result)
        address = part.upperBound
        at += 1
      }
      append(address..<extent.run.end, of: extent, flags: extent.run.flags, to: &result)
      next = max(next, at - 1)  // a kept range may run on into the next extent
    }
    return result
  }

  private static func append(
    _ range: Range<UInt64>, of extent: PageExtent, flags: PageFlags, to result: inout [PageExtent]
  ) {
    guard !range.isEmpty else { return }
    var part = extent
    part.run = PageRun(address: range.lowerBound, pageCount: range.count / pageSize, flags: flags)
    result.append(part)
  }
}
