import Linux
import Streams

/// A journal within the process: undoes in reverse order when it is told to.
final class TestJournal: Journal {
  private(set) var entries: [Change?] = []

  func enter(_ change: Change) throws(Failure) -> Int {
    entries.append(change)
    return entries.count - 1
  }

  func strike(_ entry: Int) { entries[entry] = nil }

  func strikeAll(entering changes: [Change]) throws(Failure) {
    for entry in entries.indices { strike(entry) }
    entries += changes
  }

  /// Paths of the files that an undo would remove.
  var files: [String] {
    entries.compactMap { change in
      if case .fileMade(let path)? = change { path.description } else { nil }
    }
  }

  func undo() throws(Failure) {
    for path in files.reversed() {
      try check("undo", path, remedy: "Look at the test.") {
        let result = File.unlink(path)
        return Errno(result: result) == .noEntry ? 0 : result
      }
    }
    entries = []
  }
}
