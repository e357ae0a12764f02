internal import Images
internal import Linux
internal import Streams

/// The paths of unix sockets while they are restored: in the engine, before any task binds, and when all have.
///
/// What a dump left at a path is moved away, and goes at the end. What stands where a socket's path had been removed is
/// moved by the task, for as long as it binds (`UnixSocketNodes`). All is in the journal, so that a restore that fails
/// leaves the paths as they were.
final class UnixSocketPaths: KindState {
  /// Sockets that a dump left behind, where they stand meanwhile.
  private(set) var moved: [FilePath] = []
  /// Directories of removed paths.
  private var standing = StandingFiles()
  /// Where sockets are going to be bound, be it for a moment.
  private var bound: Set<FilePath> = []
  /// Entries of the nodes that go again.
  private var passing: [Int] = []

  /// - Parameter records: Of the sockets that the tasks are going to make.
  /// - Throws: `EADDRINUSE` a living socket, or something else than a socket, is at a path.
  func prepare(_ records: [UnixSkEntry], journal: any Journal) throws(Failure) {
    let named = records.filter { UnixSocketName.isPath($0.name) }.map { (path: UnixSocketName.absolutePath($0), $0) }
    guard !named.isEmpty else { return }
    bound = Set(named.map(\.path))
    let living = try UnixSocketTable.read().sockets.values.compactMap(\.node)
    // Several may have had one path; only the last of them has it still.
    let staying = Dictionary(
      named.filter { $1.deleted != true }.map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    for (path, record) in staying.sorted(by: { $0.value.id < $1.value.id }) {
      if let status = try path.status() {
        guard status.format == .socket, !living.contains(where: { $0.isNode(status) }) else {
          throw Failure(
            "bind the socket", "file \(record.id): \(path)", Errno.addressInUse,
            remedy: "Something else is there: stop what uses it, or move it away.")
        }
        let aside = try enterMove(of: path, journal: journal).aside
        try path.rename(to: aside, remedy: "Check that the directory can be written.")
        moved.append(aside)
      }
      _ = try journal.enter(.fileMade(path: path))
    }
    for path in bound.subtracting(staying.keys).sorted(by: { $0.description < $1.description }) {
      if try path.status() != nil {
        passing.append(try enterMove(of: path, journal: journal).entry)
      } else {
        try standing.makeDirectories(
          above: path, mode: 0o700, remedy: "Check that its parent can be written.", journal: journal)
        passing.append(try journal.enter(.fileMade(path: path)))
      }
    }
    for (_, record) in named where record.deleted == true {
      passing.append(
        try journal.enter(.fileMade(path: UnixSocketName.pathAside(record))))
    }
  }

  /// Whether a path is needed for a socket, so that nothing else can stand there meanwhile.
  func isNeeded(_ path: FilePath) -> Bool { bound.contains(path) }

  private func enterMove(
    of path: FilePath, journal: any Journal
  ) throws(Failure) -> (aside: FilePath, entry: Int) {
    let aside = UnixSocketName.aside(path)
    guard try aside.status() == nil else {
      throw Failure(
        "move away what is at the socket's path", "\(path) to \(aside)", .exists,
        remedy: "An earlier restore left it: rename it back by hand, or remove it.")
    }
    return (aside, try journal.enter(.fileMoved(path: path, to: aside)))
  }

  /// Once every socket is bound and connected.
  func cleanUp(journal: any Journal) throws(Failure) {
    // The tasks took them away; what is at a path from now on is another's.
    for entry in passing { journal.strike(entry) }
    passing = []
    try standing.remove(journal: journal)
  }
}
