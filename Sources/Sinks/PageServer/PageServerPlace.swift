public import Linux
public import Streams

/// Where a page server keeps the pages of one session.
public struct PageServerPlace {
  let sink: any ImageSink
  let parent: (any ImageSource)?
  private let whenWhole: () throws(Failure) -> Void
  private let undoAll: () -> Void

  /// - Parameters:
  ///   - parent: The set that clients may leave pages to.
  ///   - whenWhole: Called after the pages were committed, and the client knows it.
  ///   - undo: Removes what the sink made, after it was abandoned.
  public init(
    _ sink: any ImageSink, parent: (any ImageSource)?, whenWhole: @escaping () throws(Failure) -> Void = {},
    undo: @escaping () -> Void
  ) {
    self.sink = sink
    self.parent = parent
    self.whenWhole = whenWhole
    undoAll = undo
  }

  func end() throws(Failure) { try whenWhole() }

  func parentHas(_ id: PagesID) throws(Failure) -> Bool {
    guard let parent else { return false }
    return try parent.open(id.pagemapName) != nil
  }

  func undo() {
    sink.abandon()
    undoAll()
  }
}
