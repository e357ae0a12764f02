public import Linux

/// Pages from `pagemap-…` and `pages-N`, in order. A run that was left to the parent set is cut into the runs that the
/// parent has it in, and those look present: both lists ascend, so that both sets are read once, front to back.
public final class PagemapReader: PageSource {
  private let source: any ImageSource
  private let id: PagesID
  private let pagemap: Pagemap
  private let pages: (any ImageReader)?
  private var waiting: ArraySlice<PageRun>
  /// What was returned last, and how many bytes of it were read.
  private var current: [PageRun] = []
  private var doneBytes = 0
  private var unreadBytes = 0
  /// What of the last run of the list is still to be found in the parent.
  private var parentRest: PageRun?
  private var isFromParent = false
  private var parent: PagemapReader?

  /// The pagemap is read at once and to its end, as a source that serves one image after another needs it.
  ///
  /// - Returns: `nil` where there is no such pagemap.
  public static func open(_ id: PagesID, in source: any ImageSource) throws(Failure) -> PagemapReader? {
    guard let pagemap = try Pagemap.read(id, from: source) else { return nil }
    return try PagemapReader(id, pagemap, source)
  }

  private init(_ id: PagesID, _ pagemap: Pagemap, _ source: any ImageSource) throws(Failure) {
    self.id = id
    self.pagemap = pagemap
    self.source = source
    waiting = pagemap.runs[...]
    let name = ImageKind.pages.name(UInt64(pagemap.pagesNumber))
    pages = try source.open(name)
    if pages == nil, pagemap.runs.contains(where: { $0.flags.contains(.present) }) {
      throw Failure(
        "find the pages", "\(name), which \(id.pagemapName) names", .noEntry,
        remedy: "The set is not whole: copy it again, with every file.")
    }
  }

  public var listedByteCount: Int {
    pagemap.runs.reduce(0) { $0 + ($1.flags.isDisjoint(with: [.present, .parent]) ? 0 : $1.byteCount) }
  }

  public func next() throws(Failure) -> PageRun? {
    try skip(byteCount: unreadBytes)
    current = []
    if let rest = parentRest { return try deliver(rest) }
    guard let run = waiting.popFirst() else {
      try pages?.drain()
      return nil
    }
    return try deliver(run)
  }

  public func nextRuns(limit: Int) throws(Failure) -> [PageRun] {
    guard let first = try next() else { return [] }
    guard !isFromParent, first.flags.contains(.present) else { return [first] }
    let following = waiting.prefix(max(limit, 1) - 1).prefix { $0.flags.contains(.present) }
    waiting.removeFirst(following.count)
    current += following
    unreadBytes += following.reduce(0) { $0 + $1.byteCount }
    return current
  }

  public func read(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) {
    let byteCount = buffers.reduce(0) { $0 + $1.count }
    try checkListed(byteCount)
    if isFromParent, let parent {
      try parent.read(into: buffers)
    } else if let pages {
      let count = try pages.readFully(into: buffers)
      guard count == byteCount else { throw cut(at: doneBytes + count) }
    }
    doneBytes += byteCount
    unreadBytes -= byteCount
  }

  public func take(byteCount: Int) throws(Failure) -> FileExtent? {
    try checkListed(byteCount)
    let taken =
      if isFromParent, let parent { try parent.take(byteCount: byteCount) } else { try pages?.take(byteCount: byteCount) }
    guard let taken else { return nil }
    guard taken.byteCount == byteCount else { throw cut(at: doneBytes + taken.byteCount) }
    doneBytes += byteCount
    unreadBytes -= byteCount
    return taken
  }

  private func checkListed(_ byteCount: Int) throws(Failure) {
    guard byteCount > unreadBytes else { return }
    throw Failure(
      "read \(byteCount) bytes of a run of pages that has \(unreadBytes) left", id.pagemapName.description, .invalid,
      remedy: "Report this with the log: the engine asked for more than the image lists.")
  }

  private func deliver(_ run: PageRun) throws(Failure) -> PageRun {
    isFromParent = !run.flags.contains(.present) && run.flags.contains(.parent)
    let delivered = isFromParent ? try inParent(run) : run
    current = [delivered]
    doneBytes = 0
    unreadBytes = delivered.flags.contains(.present) ? delivered.byteCount : 0
    return delivered
  }

  /// The beginning of `run`, as far as the parent has it in one run; what follows waits in `parentRest`.
  private func inParent(_ run: PageRun) throws(Failure) -> PageRun {
    guard let pageCount = try openParent(run).pageCount(from: run.address) else { throw notInParent(run) }
    var piece = run
    piece.pageCount = min(pageCount, run.pageCount)
    piece.flags = run.flags.subtracting(.parent).union(.present)
    let restCount = run.pageCount - piece.pageCount
    parentRest = restCount == 0 ? nil : PageRun(address: piece.end, pageCount: restCount, flags: run.flags)
    return piece
  }

  /// Goes forward to `address`.
  ///
  /// - Returns: The pages from there to the end of the run that has them; `nil` where no run has.
  private func pageCount(from address: UInt64) throws(Failure) -> Int? {
    var run = current.first
    while run == nil || run!.end <= address {
      run = try next()
      if run == nil { return nil }
    }
    guard let run, run.address <= address, run.flags.contains(.present) else { return nil }
    try skip(byteCount: Int(address - run.address) - doneBytes)
    return Int(run.end - address) / pageSize
  }

  private func skip(byteCount: Int) throws(Failure) {
    guard byteCount > 0 else { return }
    if isFromParent, let parent {
      try parent.skip(byteCount: byteCount)
    } else if let pages {
      let count = try pages.skip(byteCount: byteCount)
      guard count == byteCount else { throw cut(at: doneBytes + count) }
    }
    doneBytes += byteCount
    unreadBytes -= byteCount
  }

  private func openParent(_ run: PageRun) throws(Failure) -> PagemapReader {
    if let parent { return parent }
    guard let set = try source.parent(), let reader = try PagemapReader.open(id, in: set) else {
      throw notInParent(run)
    }
    parent = reader
    return reader
  }

  private func notInParent(_ run: PageRun) -> Failure {
    Failure(
      "find pages in the parent set", "\(id.pagemapName): \(run)", .badMessage,
      remedy: "Put the parent set, as it was when this set was dumped, where the link \"parent\" points.")
  }

  /// - Parameter byteCount: Bytes of the current runs that were there.
  private func cut(at byteCount: Int) -> Failure {
    var left = byteCount
    var run = current[...]
    while let first = run.first, run.count > 1, left >= first.byteCount {
      left -= first.byteCount
      run.removeFirst()
    }
    let address = (run.first?.address ?? 0) + UInt64(left)
    return Failure(
      "read pages", "pages-\(pagemap.pagesNumber).img, which ends before page 0x\(String(address, radix: 16))",
      .badMessage, remedy: "The image is cut: restore from another copy of the set.")
  }
}

extension ImageSource {
  public func openPages(_ id: PagesID) throws(Failure) -> (any PageSource)? {
    try PagemapReader.open(id, in: self)
  }
}
