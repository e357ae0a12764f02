public import Linux

/// Bytes a page on x86_64.
public let pageSize = 4096

/// Flags of a pagemap record (pagemap_entry.flags).
public struct PageFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The pages are in the parent set.
  public static let parent = PageFlags(rawValue: 1)
  /// The pages may be served later, by userfaultfd.
  public static let lazy = PageFlags(rawValue: 2)
  /// The pages are in this set.
  public static let present = PageFlags(rawValue: 4)
}

/// Pages next to each other that share their flags.
public struct PageRun: Hashable, Sendable {
  /// Address in the task, or offset in the shared object; a multiple of the page size.
  public var address: UInt64
  public var pageCount: Int
  public var flags: PageFlags

  public init(address: UInt64, pageCount: Int, flags: PageFlags) {
    self.address = address
    self.pageCount = pageCount
    self.flags = flags
  }

  public var byteCount: Int { pageCount * pageSize }
  public var end: UInt64 { address + UInt64(byteCount) }
}

/// Where all memory paths of a dump end. Runs come in ascending order and do not overlap; after each `begin` of a
/// present run, exactly its bytes follow, by `write` and `splice` in any mix.
public protocol PageSink: AnyObject {
  /// Tells all runs before the first `begin`, where they are known: an ordered sink then has the list before the pages,
  /// so that a restore can put pages in place as they arrive. Exactly these runs must follow. Default: nothing.
  func announce(_ runs: [PageRun]) throws(Failure)

  func begin(_ run: PageRun) throws(Failure)
  func write(_ bytes: RawSpan) throws(Failure)

  /// Takes `byteCount` bytes from the read end `pipe` without copying them where the kernel allows.
  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure)

  /// Whole present runs, whose bytes lie one behind the other. Default: each by `begin` and `write`; a sink that keeps
  /// bytes apart from the list of runs takes them at once.
  func write(_ runs: ArraySlice<PageRun>, _ bytes: RawSpan) throws(Failure)

  /// Whole present runs, whose bytes are what comes next from the read end `pipe`. Default as above.
  func splice(_ runs: ArraySlice<PageRun>, from pipe: borrowing OwnedFD) throws(Failure)

  /// As of an `ImageStream`, for the bytes of present runs.
  func lend() throws(Failure) -> LentFile?

  /// Whole runs, whose bytes, where they are present, somebody else has written.
  func wrote(_ runs: ArraySlice<PageRun>) throws(Failure)

  /// Success path, once.
  func finish() throws(Failure)
}

extension PageSink {
  public func write(_ runs: ArraySlice<PageRun>, _ bytes: RawSpan) throws(Failure) {
    var offset = 0
    for run in runs {
      try begin(run)
      try write(bytes.extracting(offset..<(offset + run.byteCount)))
      offset += run.byteCount
    }
  }

  public func splice(_ runs: ArraySlice<PageRun>, from pipe: borrowing OwnedFD) throws(Failure) {
    for run in runs {
      try begin(run)
      try splice(from: pipe, byteCount: run.byteCount)
    }
  }
}
