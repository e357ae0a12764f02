internal import Linux
internal import Streams

/// Names that stand for the time of a restore.
struct StandingFiles {
  private var files: [(path: FilePath, isDirectory: Bool, entry: Int)] = []

  /// Before the file is made.
  mutating func enter(_ path: FilePath, isDirectory: Bool, journal: any Journal) throws(Failure) {
    files.append((path, isDirectory, try journal.enter(.fileMade(path: path))))
  }

  /// Makes those directories of a path that are gone.
  mutating func makeDirectories(
    above path: FilePath, mode: UInt32, remedy: @autoclosure () -> String, journal: any Journal
  ) throws(Failure) {
    var missing: [FilePath] = []
    var directory = path.parent
    while try directory.status(following: true) == nil, directory != "/" {
      missing.append(directory)
      directory = directory.parent
    }
    for directory in missing.reversed() {
      try enter(directory, isDirectory: true, journal: journal)
      try directory.makeDirectory(mode: mode, remedy: remedy())
    }
  }

  /// The last one first, so that directories are empty when they go.
  mutating func remove(journal: any Journal) throws(Failure) {
    while let file = files.popLast() {
      try file.path.unlink(directory: file.isDirectory)
      journal.strike(file.entry)
    }
  }
}
