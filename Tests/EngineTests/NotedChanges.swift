import Linux
import Streams

@testable import Engine

/// A journal that keeps what is entered, and undoes it when it is told to.
final class NotedChanges: Journal {
  /// `nil` where it was struck.
  private var entries: [Change?] = []

  var live: [Change] { entries.compactMap { $0 } }

  func enter(_ change: Change) throws(Failure) -> Int {
    entries.append(change)
    return entries.count - 1
  }

  func strike(_ entry: Int) { entries[entry] = nil }

  func strikeAll(entering changes: [Change]) throws(Failure) {
    for entry in entries.indices { strike(entry) }
    entries += changes
  }

  func undoAll() {
    for change in live.reversed() { change.undo(isOrphan: false, log: Log(descriptor: 2, level: .error)) }
    entries = []
  }
}
