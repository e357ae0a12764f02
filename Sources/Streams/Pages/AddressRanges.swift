/// Lists of ranges that ascend and do not overlap, of addresses or of places in a file.
public enum AddressRanges {
  /// What lies in both lists; neighbours are joined.
  public static func intersection(_ a: [Range<UInt64>], _ b: [Range<UInt64>]) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      let start = max(a[i].lowerBound, b[j].lowerBound), end = min(a[i].upperBound, b[j].upperBound)
      if start < end { append(start..<end, to: &result) }
      if a[i].upperBound < b[j].upperBound { i += 1 } else { j += 1 }
    }
    return result
  }

  /// What lies in one of the lists; neighbours are joined.
  public static func union(_ a: [Range<UInt64>], _ b: [Range<UInt64>]) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      if j == b.count || (i < a.count && a[i].lowerBound <= b[j].lowerBound) {
        append(a[i], to: &result)
        i += 1
      } else {
        append(b[j], to: &result)
        j += 1
      }
    }
    return result
  }

  /// Joins a range to the last one where it touches it.
  public static func append<Bound>(_ range: Range<Bound>, to ranges: inout [Range<Bound>]) {
    guard let last = ranges.last, last.upperBound >= range.lowerBound else { return ranges.append(range) }
    ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
  }
}
