public import Linux

/// Drops pages that nobody will read again from the images of a chain of sets: from parents, what later sets have anew.
/// A parent cannot be restored by itself afterwards, and the newest set can.
///
/// Call it only when the newest set is whole and safe.
public struct Deduplication {
  private let source: any ImageSource
  /// Bytes that the places of the images need not keep. What was dropped before counts again.
  public private(set) var byteCount = 0

  /// - Parameter source: The newest set.
  public init(_ source: any ImageSource) { self.source = source }

  /// Drops from all parents the pages that this set has, or one between: of one task or one object.
  public mutating func dropReplaced(_ id: PagesID) throws(Failure) {
    guard let pagemap = try Pagemap.read(id, from: source), let parent = try source.parent() else { return }
    try drop(id, pagemap.presentRanges, from: parent)
  }

  /// Drops the pages that a restore of this set has read, from it and from its parents.
  ///
  /// - Parameter keepsLazy: Those that were left to be served later stay.
  public mutating func dropRestored(_ id: PagesID, keepsLazy: Bool) throws(Failure) {
    guard let pagemap = try Pagemap.read(id, from: source) else { return }
    let read = pagemap.runs.filter { !keepsLazy || !$0.flags.contains(.lazy) }
    try drop(id, read.map { $0.address..<$0.end }, from: source)
  }

  /// - Parameter useless: What of the pages nobody needs; the list grows with what each set has, on the way to its parent.
  private mutating func drop(_ id: PagesID, _ useless: [Range<UInt64>], from newest: any ImageSource) throws(Failure) {
    var useless = useless
    var next: (any ImageSource)? = newest
    while let set = next, let pagemap = try Pagemap.read(id, from: set) {
      let ranges = pagemap.bytes(of: useless)
      if !ranges.isEmpty { byteCount += try set.drop(ranges, of: ImageKind.pages.name(UInt64(pagemap.pagesNumber))) }
      useless = AddressRanges.union(useless, pagemap.presentRanges)
      next = try set.parent()
    }
  }
}

extension Pagemap {
  /// Addresses whose pages this set has itself.
  var presentRanges: [Range<UInt64>] {
    runs.filter { $0.flags.contains(.present) }.map { $0.address..<$0.end }
  }

  /// Where the pages image has these pages, as far as it has them.
  ///
  /// - Parameter ranges: Ascending.
  func bytes(of ranges: [Range<UInt64>]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var rest = ranges[...]
    var offset = 0
    for run in runs where run.flags.contains(.present) {
      while let first = rest.first, first.upperBound <= run.address { rest.removeFirst() }
      for range in rest.prefix(while: { $0.lowerBound < run.end }) {
        let part = range.clamped(to: run.address..<run.end)
        let start = offset + Int(part.lowerBound - run.address)
        AddressRanges.append(start..<(start + part.count), to: &result)
      }
      offset += run.byteCount
    }
    return result
  }
}
