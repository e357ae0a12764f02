internal import Images
public import Linux

/// Pages as two images: `pagemap-…` says which, `pages-N` has their bytes back to back, in the same order.
///
/// The images are gathered and written as they come; `pages-N` is not made when no run is present.
public final class PagemapStream: PageSink {
  private let sink: any ImageSink
  private let name: ImageName
  private let number: UInt32
  private let pagemap: RecordWriter
  private var pages: (any ImageStream)?
  /// The last run: written when no other continues it.
  private var open: PageRun?
  /// Bytes of the last run that are still to come.
  private var missingBytes = 0

  public init(_ id: PagesID, in sink: any ImageSink) throws(Failure) {
    self.sink = sink
    name = id.pagemapName
    number = sink.pagesNumbers.take()
    let number = number
    pagemap = RecordWriter(try sink.open(name), kind: .pagemap, name: name)
    try pagemap.write(PagemapHead { $0.pagesId = number })
  }

  /// - Throws: `EINVAL` for a run that is empty, not aligned, not after the one before, or comes too early.
  public func begin(_ run: PageRun) throws(Failure) {
    guard missingBytes == 0 else { throw misuse("begin a run of pages with \(missingBytes) bytes of the last missing") }
    guard run.isWellFormed else { throw misuse("begin the run \(run)") }
    if let last = open {
      guard run.address >= last.end else { throw misuse("begin the run \(run) after \(last)") }
      if run.address == last.end, run.flags == last.flags {
        open?.pageCount += run.pageCount
      } else {
        try writeEntry(last)
        open = run
      }
    } else {
      open = run
    }
    if run.flags.contains(.present) {
      missingBytes = run.byteCount
      if pages == nil { pages = try sink.open(ImageKind.pages.name(UInt64(number))) }
    }
  }

  public func write(_ bytes: RawSpan) throws(Failure) {
    guard let pages = try take(bytes.byteCount) else { return }
    try pages.write(bytes)
  }

  public func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    guard let pages = try take(byteCount) else { return }
    try pages.splice(from: pipe, byteCount: byteCount)
  }

  public func finish() throws(Failure) {
    guard missingBytes == 0 else { throw misuse("finish pages with \(missingBytes) bytes of the last run missing") }
    if let last = open { try writeEntry(last) }
    open = nil
    try pagemap.finish()
    try pages?.finish()
  }

  private func take(_ byteCount: Int) throws(Failure) -> (any ImageStream)? {
    guard byteCount <= missingBytes else { throw misuse("write \(byteCount) bytes to a run that lacks \(missingBytes)") }
    missingBytes -= byteCount
    return byteCount > 0 ? pages : nil
  }

  private func writeEntry(_ run: PageRun) throws(Failure) {
    try pagemap.write(
      PagemapEntry {
        $0.vaddr = run.address
        $0.flags = run.flags.rawValue
        $0.nrPages = UInt64(run.pageCount)
      })
  }

  private func misuse(_ attempted: String) -> Failure {
    Failure(attempted, name.description, .invalid, remedy: "Report this with the log: the engine wrote a wrong image.")
  }
}

extension ImageSink {
  public func openPages(_ id: PagesID) throws(Failure) -> any PageSink {
    try PagemapStream(id, in: self)
  }
}
