/// Which pages of a process have contents of their own: /proc/PID/pagemap, asked by PAGEMAP_SCAN where the kernel has it
/// (6.7), else read word by word. Which way works is found by trying.
public final class TaskPagemap {
  public enum Way: Hashable, Sendable {
    /// One call for any number of mappings: half a microsecond a region that is found.
    case scan
    /// Eight bytes a page of every mapping, touched or not. The huge zero page counts as data in it.
    case read
  }

  private let file: OwnedFD
  private let subject: String
  /// `nil` until it was tried.
  private var way: Way?
  /// Whether PAGEMAP_SCAN knows guard pages (6.15).
  private var tellsGuardPages = true

  /// - Parameters:
  ///   - forced: Instead of trying; for tests of the fallback.
  /// - Throws: `ENOENT` the process ended.
  public init(pid: Int32, subject: String, forced way: Way? = nil) throws(Failure) {
    file = try openProc("/proc/\(pid)/pagemap")
    self.subject = subject
    self.way = way
  }

  /// What is found within `ranges`.
  ///
  /// - Parameter ranges: Whole pages, ascending, not overlapping.
  /// - Returns: Ascending regions. They may run from one range into the next where two touch, and a scan also tells of
  ///   mappings between the ranges.
  public func regions(in ranges: [Range<UInt64>]) throws(Failure) -> [PagemapRegion] {
    guard let first = ranges.first, let last = ranges.last else { return [] }
    if way != .read {
      if let found = try scan(first.lowerBound..<last.upperBound) {
        way = .scan
        return found
      }
      guard way == nil else { throw failure(.noSystemCall) }
      way = .read
    }
    return try readWords(in: ranges)
  }

  // MARK: PAGEMAP_SCAN

  /// - Returns: `nil` when the kernel has no PAGEMAP_SCAN.
  private func scan(_ range: Range<UInt64>) throws(Failure) -> [PagemapRegion]? {
    var regions = PagemapRegions()
    let scanner = PagemapScanner()
    var start = range.lowerBound
    while start < range.upperBound {
      let outcome = file.withRaw {
        scanner.scan($0, start..<range.upperBound, guardPages: tellsGuardPages) { regions.append($0) }
      }
      switch outcome {
      case .walked(let end): start = end
      case .failed(.notTerminal), .failed(.noSystemCall): return nil
      case .failed(.invalid) where tellsGuardPages: tellsGuardPages = false
      case .failed(let errno): throw failure(errno)
      }
    }
    return regions.all
  }

  // MARK: Word by word

  private func readWords(in ranges: [Range<UInt64>]) throws(Failure) -> [PagemapRegion] {
    var regions = PagemapRegions()
    let reader = try PagemapReading()
    for range in ranges {
      try file.withRaw { (file) throws(Failure) in
        try reader.read(file, range, subject: subject) { regions.append($0) }
      }
    }
    return regions.all
  }

  private func failure(_ errno: Errno) -> Failure {
    Failure(
      "find the pages with contents", subject, errno,
      remedy: "Run as root, and check that the task still exists: freeze its cgroup first with --freeze-cgroup.")
  }
}
