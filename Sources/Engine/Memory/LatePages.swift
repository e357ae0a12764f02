internal import Linux
internal import Streams

/// The pages of a task that is to be cloned. To list them takes longer than to clone them, so it is done when the task
/// runs again, in the clone.
final class LatePages {
  /// With flags as they were foreseen until the pages are listed, as they are from then on.
  private(set) var mappings: [Mapping]
  private(set) var listed: PageExtents?
  /// Pages that the kernel told of.
  private(set) var scannedPageCount: UInt64 = 0
  /// Of all, roughly.
  let expectedPageCount: Int
  /// Of mappings that no clone has as they are, ascending: asked of the frozen task.
  private let uncloned: [PagemapRegion]
  private let stackPointers: [UInt64]

  /// The task is frozen.
  init(_ mappings: [Mapping], of task: FrozenTask, expectedPageCount: Int, stackPointers: [UInt64]) throws(Failure) {
    self.mappings = mappings
    self.expectedPageCount = expectedPageCount
    self.stackPointers = stackPointers
    let pagemap = try TaskPagemap(pid: task.pid, subject: task.subject)
    var uncloned: [PagemapRegion] = []
    // One by one: what lies between is large.
    for mapping in mappings where mapping.isUncloned {
      uncloned += LatePages.clamp(try pagemap.regions(in: [mapping.range]), to: mapping.range)
    }
    self.uncloned = uncloned
  }

  private static func clamp(_ regions: [PagemapRegion], to range: Range<UInt64>) -> [PagemapRegion] {
    regions.filter { $0.range.overlaps(range) }.map { region in
      let part = region.range.clamped(to: range)
      return PagemapRegion(start: part.lowerBound, end: part.upperBound, kind: region.kind)
    }
  }

  /// Of mappings that no clone has as they are.
  var unclonedPages: [Range<UInt64>] { uncloned.filter { $0.kind == .data }.map(\.range) }

  /// - Parameters:
  ///   - pid: The clone, or the task itself where it is still stopped.
  ///   - isClone: It lacks what no clone has.
  func list(from pid: Int32, isClone: Bool, _ subject: String) throws(Failure) {
    guard listed == nil else { return }
    try settleFlags(by: try MapsFile.smaps.read(pid: pid), isClone: isClone, subject)
    let pagemap = try TaskPagemap(pid: pid, subject: subject)
    var regions = try pagemap.regions(in: mappings.filter { $0.kind != .vsyscall }.map(\.range))
    if isClone, !uncloned.isEmpty {
      let cloned = regions
      regions = mappings.filter { !$0.isUncloned }.flatMap { LatePages.clamp(cloned, to: $0.range) } + uncloned
      regions.sort { $0.start < $1.start }
    }
    scannedPageCount = regions.reduce(0) { $0 + UInt64($1.range.count / pageSize) }
    listed = PageExtents(mappings: mappings, regions: regions, stackPointers: stackPointers)
  }

  /// - Parameter entries: Of smaps; ours may be among them.
  private func settleFlags(by entries: [MapsEntry], isClone: Bool, _ subject: String) throws(Failure) {
    let found = Dictionary(uniqueKeysWithValues: entries.map { ($0.start, $0) })
    for index in mappings.indices {
      let foreseen = mappings[index].entry
      let now = found[foreseen.start]
      let flags = now?.flags ?? foreseen.flags
      let isAbsent = isClone && foreseen.flags.contains(.dontFork)
      let isWiped = isClone && flags.contains(.wipeOnFork) != foreseen.flags.contains(.wipeOnFork)
      guard (now == nil) == isAbsent, !isWiped else {
        throw Failure(
          "look at the mapping", mappings[index].subject(of: subject), .tryAgain,
          remedy: "The program changed it when the dump began (madvise(2), MADV_DONTFORK or MADV_WIPEONFORK): dump again.")
      }
      // A clone's memory is never locked.
      mappings[index].entry.flags = isClone ? flags.subtracting(.locked).union(foreseen.flags.intersection(.locked)) : flags
    }
  }
}
