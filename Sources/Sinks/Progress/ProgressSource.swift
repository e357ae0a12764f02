public import Linux
public import Streams

/// Counts the pages that come from another source, in whatever process they are read.
public final class ProgressSource: ImageSource {
  public var abilities: Abilities { inner.abilities }

  private let inner: any ImageSource
  private let progress: Progress

  public init(_ inner: any ImageSource, _ progress: Progress) {
    self.inner = inner
    self.progress = progress
  }

  public func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { try inner.open(name) }

  public func open(anyOf names: [ImageName]) throws(Failure) -> (name: ImageName, reader: any ImageReader)? {
    try inner.open(anyOf: names)
  }

  public func openPages(_ id: PagesID) throws(Failure) -> (any PageSource)? {
    try inner.openPages(id).map { CountedPages($0, progress) }
  }

  public func parent() throws(Failure) -> (any ImageSource)? { try inner.parent() }

  public func drop(_ ranges: [Range<Int>], of name: ImageName) throws(Failure) -> Int { try inner.drop(ranges, of: name) }

  public func finish() throws(Failure) {
    try inner.finish()
    progress.end(isDone: true)
  }

  public func giveUp() {
    progress.end(isDone: false)
    inner.giveUp()
  }
}

private final class CountedPages: PageSource {
  private let inner: any PageSource
  private let progress: Progress

  init(_ inner: any PageSource, _ progress: Progress) {
    self.inner = inner
    self.progress = progress
    progress.expect(inner.listedByteCount)
  }

  var listedByteCount: Int { inner.listedByteCount }

  func next() throws(Failure) -> PageRun? { try inner.next() }

  func nextRuns(limit: Int) throws(Failure) -> [PageRun] { try inner.nextRuns(limit: limit) }

  /// In pieces, as one mapping may have all memory of a program.
  func read(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) {
    var piece: [UnsafeMutableRawBufferPointer] = []
    var left = CountedPages.pieceByteCount
    for buffer in buffers {
      var rest = buffer[...]
      while !rest.isEmpty {
        let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(left))
        piece.append(part)
        rest = rest.dropFirst(part.count)
        left -= part.count
        if left == 0 { try read(&piece, &left) }
      }
    }
    if !piece.isEmpty { try read(&piece, &left) }
  }

  func take(byteCount: Int) throws(Failure) -> FileExtent? {
    let taken = try inner.take(byteCount: byteCount)
    if let taken { progress.advance(taken.byteCount) }
    return taken
  }

  private func read(_ piece: inout [UnsafeMutableRawBufferPointer], _ left: inout Int) throws(Failure) {
    try inner.read(into: piece)
    progress.advance(CountedPages.pieceByteCount - left)
    (piece, left) = ([], CountedPages.pieceByteCount)
  }

  /// Whole frames, where the pages are compressed.
  private static let pieceByteCount = 16 << 20
}
