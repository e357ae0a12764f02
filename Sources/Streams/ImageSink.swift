public import Linux

/// One image being written. Dropped before `finish()`, it was never there.
public protocol ImageStream: AnyObject {
  func write(_ bytes: RawSpan) throws(Failure)

  /// Moves `byteCount` bytes from `pipe` to the end of this image, without copying them where the kernel allows
  /// (`splice(2)`).
  ///
  /// - Parameters:
  ///   - pipe: Read end; the call blocks until the bytes come.
  ///   - byteCount: Bytes, not pages; 1 or more. At most 1 MiB a system call, so a 4 GiB run is 4096 calls.
  /// - Throws: `ENOSPC` image directory full, `EPIPE` far end gone; after either, the image is unusable and the sink
  ///   must be dropped.
  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure)

  /// Where somebody else may write what comes next. Default: nowhere.
  func lend() throws(Failure) -> LentFile?

  /// Somebody else has written the next bytes, no more than were lent.
  func wrote(byteCount: Int) throws(Failure)

  /// Success path, once. Errors of delayed writes may show here or at `ImageSink.commit()`.
  func finish() throws(Failure)
}

/// The file of an image, at whose offset a process may write what comes next.
public struct LentFile {
  /// Open as long as the image is.
  public let descriptor: BorrowedFD
  /// How much it may write: bytes for which the kernel needs no memory any more, at the cost of whoever writes.
  public let byteCount: Int

  public init(descriptor: BorrowedFD, byteCount: Int) {
    self.descriptor = descriptor
    self.byteCount = byteCount
  }
}

extension ImageStream {
  public func lend() throws(Failure) -> LentFile? { nil }
  public func wrote(byteCount: Int) throws(Failure) { throw notLent }
}

extension PageSink {
  public func lend() throws(Failure) -> LentFile? { nil }
  public func wrote(_ runs: ArraySlice<PageRun>) throws(Failure) { throw notLent }
}

private var notLent: Failure {
  Failure("write to the image", "a file that was not lent", .invalid, remedy: "Report this: nobody else may write to it.")
}

/// A place where images go. Several images may be open at once.
public protocol ImageSink: AnyObject {
  var abilities: Abilities { get }

  /// Hands out the numbers of `pages-N.img`; one a set.
  var pagesNumbers: PagesNumbers { get }

  /// An image that is finished without a write is absent, and an older one of that name goes. (A write of no bytes
  /// makes an empty image.)
  ///
  /// - Throws: `EEXIST` when the image was opened before and the sink cannot re-open.
  func open(_ name: ImageName) throws(Failure) -> any ImageStream

  /// Default: `pagemap-N` and `pages-N` through `open(_:)`. A page server overrides only this.
  func openPages(_ id: PagesID) throws(Failure) -> any PageSink

  /// Tells, while the tree still runs, of pages that will come while it is frozen, so that a sink can do beforehand what
  /// takes long. Fewer may come, or more, or none. Default: nothing.
  func expectPages(_ id: PagesID, byteCount: Int) throws(Failure)

  /// Flushes and publishes, once, after every image is finished. Without it the set is not whole, and what was made is
  /// removed by the journal.
  func commit() throws(Failure)

  /// For a sink that was committed: another, which writes images of the same set in place of what they were. Its pages get
  /// the numbers that they had. Called where `abilities` say so.
  func rewriting(_ journal: any Journal) throws(Failure) -> any ImageSink

  /// Called when the dump fails, before the journal is run backwards: ends what the sink still has under way, so that
  /// nothing is made after it was undone. The sink is of no use after it.
  func abandon()
}

extension ImageSink {
  public func expectPages(_ id: PagesID, byteCount: Int) throws(Failure) {}

  /// For a sink that makes nothing behind its caller's back.
  public func abandon() {}

  /// For a sink without the ability.
  public func rewriting(_ journal: any Journal) throws(Failure) -> any ImageSink {
    throw Failure(
      "write images anew", "a set that was sent away", .notSupported,
      remedy: "Report this: it is asked of directories only.")
  }
}

/// The numbers of `pages-N.img` within one set.
public final class PagesNumbers {
  private var next: UInt32
  private var given: [PagesID: UInt32] = [:]
  /// Whether pages keep the number that they had.
  private let isRewriting: Bool

  public init(first: UInt32 = 1) {
    next = first
    isRewriting = false
  }

  /// For images of a set that are written anew.
  public init(rewriting earlier: PagesNumbers) {
    next = earlier.next
    given = earlier.given
    isRewriting = true
  }

  public func take(for id: PagesID) -> UInt32 {
    if isRewriting, let number = given[id] { return number }
    defer { next += 1 }
    given[id] = next
    return next
  }
}
