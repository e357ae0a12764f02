public import Linux
public import Streams

/// The undo journal of commands that touch nothing but a few files of their own. It needs no guardian: what a killed
/// one leaves is a file without a set.
public final class FileJournal: Journal {
  /// `nil` for an entry that was taken back.
  private var changes: [Change?] = []

  public init() {}

  public func enter(_ change: Change) throws(Failure) -> Int {
    changes.append(change)
    return changes.count - 1
  }

  public func strike(_ entry: Int) { changes[entry] = nil }

  public func strikeAll(entering new: [Change]) throws(Failure) {
    for entry in changes.indices { strike(entry) }
    changes += new
  }

  /// Removes the files that are still entered, the newest first.
  public func undo() {
    for case .fileMade(let path)? in changes.reversed() {
      _ = File.unlink(path.description)  // it may not have been made yet
    }
  }
}
