internal import Images
public import Linux

/// Pages as two images: `pagemap-…` says which, `pages-N` has their bytes back to back, in the same order.
///
/// Both images are made, as upstream makes them: `pages-N` is empty when no run is present. It is opened with its first
/// byte, so that an announced list is whole in an ordered sink before it.
public final class PagemapStream: PageSink {
  private let name: ImageName
  private let sink: any ImageSink
  private let pagemap: RecordWriter
  private let number: UInt32
  private var pages: (any ImageStream)?
  /// The last run: an entry of the list when no other continues it.
  private var open: PageRun?
  /// Bytes of the last run that are still to come.
  private var missingBytes = 0
  /// The list that was written beforehand, and what of it began.
  private var announced: [PageRun]?
  private var begun: [PageRun] = []

  public init(_ id: PagesID, in sink: any ImageSink) throws(Failure) {
    name = id.pagemapName
    self.sink = sink
    let number = sink.pagesNumbers.take(for: id)
    self.number = number
    pagemap = RecordWriter(try sink.open(name), kind: .pagemap, name: name)
    try pagemap.write(PagemapHead { $0.pagesId = number })
  }

  /// Of the image that has their bytes.
  public var pagesName: ImageName { ImageKind.pages.name(UInt64(number)) }

  private func openedPages() throws(Failure) -> any ImageStream {
    if let pages { return pages }
    let opened = try sink.open(pagesName)
    pages = opened
    return opened
  }

  /// Writes and finishes the list of pages.
  ///
  /// - Throws: `EINVAL` when the list was announced or begun before, or a run does not follow the one before.
  public func announce(_ runs: [PageRun]) throws(Failure) {
    guard announced == nil, open == nil else { throw misuse("announce pages after the first run") }
    for run in runs { if let entry = try follow(run) { try writeEntry(entry) } }
    if let entry = open { try writeEntry(entry) }
    open = nil
    announced = begun
    begun = []
    try pagemap.finish()
  }

  /// - Throws: `EINVAL` for a run that is empty, not aligned, not after the one before, or comes too early.
  public func begin(_ run: PageRun) throws(Failure) {
    guard missingBytes == 0 else { throw misuse("begin a run of pages with \(missingBytes) bytes of the last missing") }
    if let entry = try follow(run) { try writeEntry(entry) }
    if run.flags.contains(.present) { missingBytes = run.byteCount }
  }

  public func write(_ bytes: RawSpan) throws(Failure) {
    if try take(bytes.byteCount) { try openedPages().write(bytes) }
  }

  public func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    if try take(byteCount) { try openedPages().splice(from: pipe, byteCount: byteCount) }
  }

  public func write(_ runs: ArraySlice<PageRun>, _ bytes: RawSpan) throws(Failure) {
    try begin(runs)
    try write(bytes)
  }

  public func splice(_ runs: ArraySlice<PageRun>, from pipe: borrowing OwnedFD) throws(Failure) {
    try begin(runs)
    try splice(from: pipe, byteCount: missingBytes)
  }

  public func lend() throws(Failure) -> LentFile? { try openedPages().lend() }

  public func wrote(_ runs: ArraySlice<PageRun>) throws(Failure) {
    try begin(runs)
    let byteCount = missingBytes
    if try take(byteCount) { try openedPages().wrote(byteCount: byteCount) }
  }

  /// Lists all runs, whose bytes then follow together.
  private func begin(_ runs: ArraySlice<PageRun>) throws(Failure) {
    var byteCount = 0
    for run in runs {
      try begin(run)
      byteCount += missingBytes
      missingBytes = 0
    }
    missingBytes = byteCount
  }

  /// - Throws: `EINVAL` when bytes of the last run or announced runs are missing.
  public func finish() throws(Failure) {
    guard missingBytes == 0 else { throw misuse("finish pages with \(missingBytes) bytes of the last run missing") }
    if let entry = open { try writeEntry(entry) }
    open = nil
    if let announced {
      guard announced == begun else { throw misuse("finish pages that are not those announced") }
    } else {
      try pagemap.finish()
    }
    if pages == nil {
      let nothing: [UInt8] = []
      try openedPages().write(nothing.span.bytes)
    }
    try openedPages().finish()
  }

  /// - Returns: The entry that `run` does not continue.
  private func follow(_ run: PageRun) throws(Failure) -> PageRun? {
    guard run.isWellFormed else { throw misuse("begin the run \(run)") }
    guard let last = open else {
      open = run
      return nil
    }
    guard run.address >= last.end else { throw misuse("begin the run \(run) after \(last)") }
    if run.address == last.end, run.flags == last.flags {
      open?.pageCount += run.pageCount
      return nil
    }
    open = run
    return last
  }

  /// - Returns: Whether there is anything to write.
  private func take(_ byteCount: Int) throws(Failure) -> Bool {
    guard byteCount <= missingBytes else {
      throw misuse("write \(byteCount) bytes to a run that lacks \(missingBytes)")
    }
    missingBytes -= byteCount
    return byteCount > 0
  }

  private func writeEntry(_ run: PageRun) throws(Failure) {
    begun.append(run)
    guard announced == nil else { return }
    try pagemap.write(PagemapEntry(run))
  }

  private func misuse(_ attempted: String) -> Failure {
    Failure(attempted, name.description, .invalid, remedy: "Report this with the log: the engine wrote a wrong image.")
  }
}

extension PagemapEntry {
  init(_ run: PageRun) {
    self.init {
      $0.vaddr = run.address
      $0.flags = run.flags.rawValue
      $0.nrPages = UInt64(run.pageCount)
    }
  }
}

extension ImageSink {
  public func openPages(_ id: PagesID) throws(Failure) -> any PageSink {
    try PagemapStream(id, in: self)
  }
}

extension PageSink {
  public func announce(_ runs: [PageRun]) throws(Failure) {}
}
