internal import Linux
internal import Streams

/// A run of pages to be dumped, and how it is read.
struct PageExtent: Hashable, Sendable {
  var run: PageRun
  /// From outside.
  var way: TaskPages.Piece.Way
  /// Whether the task itself may read it.
  var isReadable: Bool
}

/// Which pages of a task are dumped: what the pagemap found, cut to the mappings.
struct PageExtents {
  var extents: [PageExtent] = []
  /// Ranges of guard pages, ascending.
  private(set) var guarded: [Range<UInt64>] = []

  init() {}

  /// Linear in mappings and regions.
  ///
  /// - Parameters:
  ///   - mappings: Ascending.
  ///   - regions: Ascending.
  ///   - stackPointers: Of the task's threads: the pages that hold them are never left for later.
  init(mappings: [Mapping], regions: [PagemapRegion], stackPointers: [UInt64]) {
    let stackPages = Set(stackPointers.map { $0 / UInt64(pageSize) * UInt64(pageSize) }).sorted()
    var next = 0
    var stack = stackPages[...]
    for mapping in mappings {
      while next < regions.count, regions[next].end <= mapping.range.lowerBound { next += 1 }
      while let first = stack.first, first < mapping.range.lowerBound { stack.removeFirst() }
      if mapping.kind == .vdso || mapping.kind == .leftVdso || mapping.kind == .aioRing {
        append(mapping.range, flags: .present, of: mapping)
        continue
      }
      var at = next
      while at < regions.count, regions[at].start < mapping.range.upperBound {
        let part = regions[at].range.clamped(to: mapping.range)
        switch regions[at].kind {
        case .guarded: guarded.append(part)
        case .data where mapping.isLazy: appendLazy(part, stack: &stack, of: mapping)
        case .data where mapping.hasPages: append(part, flags: .present, of: mapping)
        case .data: break
        }
        at += 1
      }
      next = max(next, at - 1)  // a region may run on into the next mapping
    }
  }

  private mutating func appendLazy(
    _ range: Range<UInt64>, stack: inout ArraySlice<UInt64>, of mapping: Mapping
  ) {
    var start = range.lowerBound
    while let page = stack.first, page < range.upperBound {
      stack.removeFirst()
      if page < start { continue }
      append(start..<page, flags: [.lazy, .present], of: mapping)
      append(page..<(page + UInt64(pageSize)), flags: .present, of: mapping)
      start = page + UInt64(pageSize)
    }
    append(start..<range.upperBound, flags: [.lazy, .present], of: mapping)
  }

  private mutating func append(_ range: Range<UInt64>, flags: PageFlags, of mapping: Mapping) {
    guard !range.isEmpty else { return }
    let pageCount = range.count / pageSize
    let (way, isReadable) = (mapping.readingWay, mapping.isReadable)
    if let last = extents.last, last.run.end == range.lowerBound, last.run.flags == flags, last.way == way,
      last.isReadable == isReadable
    {
      extents[extents.count - 1].run.pageCount += pageCount
    } else {
      extents.append(
        PageExtent(
          run: PageRun(address: range.lowerBound, pageCount: pageCount, flags: flags), way: way,
          isReadable: isReadable))
    }
  }
}
