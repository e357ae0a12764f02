internal import Images
public import Linux

/// A pagemap as a value: the runs that it lists, checked.
public struct Pagemap: Hashable, Sendable {
  /// N of `pages-N.img`.
  public let pagesNumber: UInt32
  /// In ascending order; none is empty, none overlaps another.
  public let runs: [PageRun]

  /// - Returns: `nil` where there is no such pagemap.
  /// - Throws: `EBADMSG` for one that is damaged or whose runs are out of order.
  public static func read(_ id: PagesID, from source: any ImageSource) throws(Failure) -> Pagemap? {
    try read(named: id.pagemapName, from: source)
  }

  static func read(named name: ImageName, from source: any ImageSource) throws(Failure) -> Pagemap? {
    guard let reader = try source.open(name) else { return nil }
    let records = try RecordReader(reader, kind: .pagemap, name: name)
    guard let head = try records.next(PagemapHead.self) else { throw damaged(name, "it has no head") }
    var runs: [PageRun] = []
    while let entry = try records.next(PagemapEntry.self) {
      let count = entry.nrPages ?? UInt64(entry.compatNrPages)
      if count == 0 { continue }
      let run = PageRun(
        address: entry.vaddr, pageCount: Int(clamping: count),
        flags: entry.flags.map(PageFlags.init) ?? (entry.inParent == true ? .parent : .present))
      guard run.isWellFormed else { throw damaged(name, "\(count) pages at 0x\(String(entry.vaddr, radix: 16))") }
      if let last = runs.last, run.address < last.end { throw damaged(name, "\(run) after \(last)") }
      runs.append(run)
    }
    return Pagemap(pagesNumber: head.pagesId, runs: runs)
  }

  private static func damaged(_ name: ImageName, _ what: String) -> Failure {
    Failure(
      "use the list of pages", "\(name): \(what)", .badMessage,
      remedy: "The image is damaged: restore from another copy of the set.")
  }
}

extension PageRun: CustomStringConvertible {
  /// Aligned, not empty, and its end is still an address.
  public var isWellFormed: Bool {
    let (byteCount, isTooLong) = pageCount.multipliedReportingOverflow(by: pageSize)
    return pageCount > 0 && address % UInt64(pageSize) == 0 && !isTooLong
      && !address.addingReportingOverflow(UInt64(byteCount)).overflow
  }

  /// "0x7f0000000000+16 pages"
  public var description: String { "0x\(String(address, radix: 16))+\(pageCount) pages" }
}
