internal import CParasite
internal import Images
internal import Linux
internal import Streams

extension TaskMemoryRestore {
  /// Reads all pages of the task into place. What it inherited stays shared with its parent where it is equal.
  ///
  /// - Parameters:
  ///   - pages: The task's pagemap, from its beginning.
  ///   - files: Opens the files of private mappings with pages of their own; closed at the end.
  ///   - leavesLazy: Pages that may come later are left out.
  ///   - counters: Shared by all tasks.
  func fill(
    from pages: any PageSource, files: MappingFiles, leavesLazy: Bool = false,
    counters: UnsafeMutablePointer<memory_counters>, help: FillHelp = FillHelp()
  ) throws(Failure) {
    let filler = PageFiller(pages: pages, help: help)
    var next = 0
    while true {
      let runs = try pages.nextRuns(limit: leavesLazy ? 1 : TaskMemoryRestore.runsAtOnce)
      if runs.isEmpty { break }
      for run in runs where !leavesLazy || !run.flags.contains(.lazy) { try fill(run, from: &next, by: filler, files: files) }
      try filler.flush()
    }
    try filler.finish()
    try settleVdso(files: files)
    files.close()
    try dropWhatOnlyTheParentHas()
    try lockWhatIsWhole()
    memory_count(counters, filler.comparedPages, filler.equalPages, filler.restoredPages)
  }

  private static let runsAtOnce = 256

  /// - Parameter next: A mapping that the run is not before; moved on.
  private func fill(
    _ run: PageRun, from next: inout Int, by filler: PageFiller, files: MappingFiles
  ) throws(Failure) {
    guard run.flags.contains(.present) else {
      throw TaskMemoryRestore.notPresent(run, .task(UInt32(bitPattern: pid)))
    }
    var address = run.address
    while address < run.end {
      while next < mappings.count, mappings[next].entry.end <= address { next += 1 }
      guard next < mappings.count, mappings[next].entry.start <= address else { throw outside(address) }
      let part = address..<min(run.end, mappings[next].entry.end)
      try fill(part, of: next, by: filler, files: files)
      address = part.upperBound
    }
  }

  private func fill(
    _ part: Range<UInt64>, of index: Int, by filler: PageFiller, files: MappingFiles
  ) throws(Failure) {
    let mapping = mappings[index]
    if mapping.kind == .vdso { return try takeVdso(part, by: filler) }
    guard mapping.hasPages else { throw outside(part.lowerBound) }
    let place = try place(of: index, files: files)
    noteFilled(part)
    let offset = place.address &- mapping.entry.start
    guard inherited[index] == place, let parent, !mapping.isHuge else {
      return try filler.read(part.lowerBound &+ offset, byteCount: part.count)
    }
    var address = part.lowerBound
    for known in parent.filledParts(of: part) {
      try filler.read(address &+ offset, byteCount: Int(known.lowerBound - address))
      try filler.readOver(known.lowerBound &+ offset, byteCount: known.count)
      address = known.upperBound
    }
    try filler.read(address &+ offset, byteCount: Int(part.upperBound - address))
  }

  /// The parts of a range that have pages of this task's images.
  func filledParts(of range: Range<UInt64>) -> [Range<UInt64>] {
    var parts: [Range<UInt64>] = []
    var index = filled.firstIndex(endingAbove: range.lowerBound, end: \.upperBound)
    while index < filled.count, filled[index].lowerBound < range.upperBound {
      parts.append(filled[index].clamped(to: range))
      index += 1
    }
    return parts
  }

  /// In mappings taken over from the parent, pages that this task did not have.
  private func dropWhatOnlyTheParentHas() throws(Failure) {
    guard let parent else { return }
    for (index, mapping) in mappings.enumerated() {
      guard let place = places[index], inherited[index] == place else { continue }
      let offset = place.address &- mapping.entry.start
      for known in parent.filledParts(of: mapping.range) {
        var address = known.lowerBound
        for kept in filledParts(of: known) + [known.upperBound..<known.upperBound] {
          if address < kept.lowerBound { try dropPages((address &+ offset)..<(kept.lowerBound &+ offset)) }
          address = kept.upperBound
        }
      }
    }
  }

  private func takeVdso(_ part: Range<UInt64>, by filler: PageFiller) throws(Failure) {
    let bytes = try filler.take(byteCount: part.count)
    defer { bytes.deallocate() }
    vdsoImage += bytes
  }

  private func outside(_ address: UInt64) -> Failure {
    Failure(
      "fill the memory", "page 0x\(String(address, radix: 16)) of \(subject), which no private mapping has", .badMessage,
      remedy: "The image is damaged: restore from another copy of the set.")
  }

  static func notPresent(_ run: PageRun, _ id: PagesID) -> Failure {
    Failure(
      "fill the memory", "\(run) of \(id.pagemapName), which the images leave to a lazy page server", .notSupported,
      remedy: "Restore with --lazy-pages while the page server of the dump runs.")
  }
}
