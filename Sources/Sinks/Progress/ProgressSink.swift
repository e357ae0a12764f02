public import Linux
public import Streams

/// Counts what goes to another sink.
public final class ProgressSink: ImageSink {
  public var abilities: Abilities { inner.abilities }
  public var pagesNumbers: PagesNumbers { inner.pagesNumbers }

  private let inner: any ImageSink
  private let progress: Progress

  public init(_ inner: any ImageSink, _ progress: Progress) {
    self.inner = inner
    self.progress = progress
  }

  public func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    ProgressStream(try inner.open(name), progress)
  }

  public func openPages(_ id: PagesID) throws(Failure) -> any PageSink {
    ProgressPages(try inner.openPages(id), progress)
  }

  public func expectPages(_ id: PagesID, byteCount: Int) throws(Failure) {
    try inner.expectPages(id, byteCount: byteCount)
  }

  public func commit() throws(Failure) {
    try inner.commit()
    progress.end(isDone: true)
  }

  /// Nobody looks any more.
  public func rewriting(_ journal: any Journal) throws(Failure) -> any ImageSink { try inner.rewriting(journal) }

  public func abandon() {
    progress.end(isDone: false)
    inner.abandon()
  }
}

private final class ProgressStream: ImageStream {
  private let inner: any ImageStream
  private let progress: Progress

  init(_ inner: any ImageStream, _ progress: Progress) {
    self.inner = inner
    self.progress = progress
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    try inner.write(bytes)
    progress.advance(bytes.byteCount)
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    try inner.splice(from: pipe, byteCount: byteCount)
    progress.advance(byteCount)
  }

  func finish() throws(Failure) { try inner.finish() }
}

private final class ProgressPages: PageSink {
  private let inner: any PageSink
  private let progress: Progress

  init(_ inner: any PageSink, _ progress: Progress) {
    self.inner = inner
    self.progress = progress
  }

  func announce(_ runs: [PageRun]) throws(Failure) {
    progress.expect(presentByteCount(runs[...]))
    try inner.announce(runs)
  }

  func begin(_ run: PageRun) throws(Failure) { try inner.begin(run) }

  func write(_ bytes: RawSpan) throws(Failure) {
    try inner.write(bytes)
    progress.advance(bytes.byteCount)
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    try inner.splice(from: pipe, byteCount: byteCount)
    progress.advance(byteCount)
  }

  func write(_ runs: ArraySlice<PageRun>, _ bytes: RawSpan) throws(Failure) {
    try inner.write(runs, bytes)
    progress.advance(bytes.byteCount)
  }

  func splice(_ runs: ArraySlice<PageRun>, from pipe: borrowing OwnedFD) throws(Failure) {
    try inner.splice(runs, from: pipe)
    progress.advance(presentByteCount(runs))
  }

  func lend() throws(Failure) -> LentFile? { try inner.lend() }

  func wrote(_ runs: ArraySlice<PageRun>) throws(Failure) {
    try inner.wrote(runs)
    progress.advance(presentByteCount(runs))
  }

  func finish() throws(Failure) { try inner.finish() }

  private func presentByteCount(_ runs: ArraySlice<PageRun>) -> Int {
    runs.reduce(0) { $0 + ($1.flags.contains(.present) ? $1.byteCount : 0) }
  }
}
