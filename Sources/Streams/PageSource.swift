public import Linux

/// Where all memory paths of a restore begin. Pages come in the order of their pagemap: from a file with an offset or
/// from a pipe, alike. Runs that a parent set holds are resolved by the source, and look like present ones.
public protocol PageSource: AnyObject {
  /// Bytes of all runs that have pages, from the first.
  var listedByteCount: Int { get }

  /// The next run, or `nil` at the end. What is left unread of the run before is skipped.
  func next() throws(Failure) -> PageRun?

  /// The next runs, of which the bytes of all present ones can then be read as one. Default: `next()`.
  ///
  /// - Parameter limit: 1 or more.
  /// - Returns: Several runs only where all are present; none at the end.
  func nextRuns(limit: Int) throws(Failure) -> [PageRun]

  /// Fills all buffers, in order, from the present runs that were returned last.
  ///
  /// - Throws: `EBADMSG` when the image ends early.
  func read(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure)

  /// Passes over the next bytes of those runs where a plain file has them, for the caller to read from there in any
  /// order, by any process. Default: no file has them.
  ///
  /// - Returns: As many bytes; the descriptor lives as long as this source. `nil`: nothing was passed over, read them.
  /// - Throws: `EBADMSG` when the image ends early.
  func take(byteCount: Int) throws(Failure) -> FileExtent?
}

/// Bytes of a plain file.
public struct FileExtent {
  public let file: BorrowedFD
  /// Of the first byte: in the file, or, where it has them packed, in the first frame unpacked.
  public let offset: Int
  public let byteCount: Int
  /// For messages.
  public let path: String
  /// The frames that have these bytes; `nil`: the file has them as they are.
  public let packed: PackedFrames?

  public init(file: BorrowedFD, offset: Int, byteCount: Int, path: String, packed: PackedFrames? = nil) {
    self.file = file
    self.offset = offset
    self.byteCount = byteCount
    self.path = path
    self.packed = packed
  }
}

extension PageSource {
  public func nextRuns(limit: Int) throws(Failure) -> [PageRun] {
    guard let run = try next() else { return [] }
    return [run]
  }

  public func take(byteCount: Int) throws(Failure) -> FileExtent? { nil }
}
