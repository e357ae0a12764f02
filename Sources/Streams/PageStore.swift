public import Linux

/// Pages of tasks that can be read in any order: from images, or from a tree that is stopped.
public protocol PageStore: AnyObject {
  /// Somebody has asked for a page that there is, and will want all. Called before he gets it. Default: nothing.
  func begin() throws(Failure)

  /// Reads pages that lie one behind the other, until the buffer is full or the next one is none of this store.
  ///
  /// - Returns: Pages, 1 or more.
  /// - Throws: `ENOENT` a task or a page that there is none of.
  func read(_ pid: UInt32, at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int
}

extension PageStore {
  public func begin() throws(Failure) {}
}

/// Pages of tasks from a place that may be far away: several may be asked for before the first comes.
public protocol PageFetcher: AnyObject {
  /// What can be read when the next answer is there; `nil` where it always is.
  var descriptor: BorrowedFD? { get }

  func ask(for run: PageRun, of pid: UInt32) throws(Failure)

  /// Waits for the answer to what was asked first.
  ///
  /// - Parameter buffer: Room for all that was asked.
  /// - Returns: The pages that came, 1 or more; what is missing must be asked for again.
  func answer(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int

  /// Success path, once: nothing more will be asked.
  func finish() throws(Failure)
}

/// Pages of a store that is here.
public final class StoreFetcher: PageFetcher {
  public var descriptor: BorrowedFD? { nil }
  private let store: any PageStore
  private var asked: ArraySlice<(pid: UInt32, run: PageRun)> = []

  public init(_ store: any PageStore) { self.store = store }

  public func ask(for run: PageRun, of pid: UInt32) { asked.append((pid, run)) }

  public func answer(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let (pid, run) = asked.removeFirst()
    return try store.read(
      pid, at: run.address, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<run.byteCount]))
  }

  public func finish() {}
}
