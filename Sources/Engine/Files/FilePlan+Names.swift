internal import Images
internal import Linux
internal import Streams

extension FilePlan {
  /// In the engine, before the root is cloned: files without a name get one for the time of the restore, and the paths
  /// of sockets are free.
  func prepare(from source: any ImageSource, journal: any Journal) throws(Failure) {
    let given = Set(options.inherited.map(\.resource))
    let sockets = records(of: UnixSocket.type).compactMap(\.usk)
    try states[UnixSocketPaths.self].prepare(
      sockets.filter { $0.uflags & UnixSocket.Use.external == 0 && !given.contains(UnixSocket.resource($0)) },
      journal: journal)
    try states[GhostPlan.self].prepare(from: source, plan: self, journal: journal)
  }

  /// In the engine, once every task has opened its files.
  func cleanUp(journal: any Journal) throws(Failure) {
    try states[UnixSocketPaths.self].cleanUp(journal: journal)
    try states[GhostPlan.self].cleanUp(self, journal: journal)
    try dropEvents()
  }

  /// In the engine, when nothing ends the tree any more: what a dump left of its files goes.
  ///
  /// - Parameter journal: Does it when we are lost.
  func removeLeftovers(journal: any Journal) throws(Failure) {
    var leftovers = StandingFiles()
    for path in states[UnixSocketPaths.self].moved + states[GhostPlan.self].leftLinks {
      try leftovers.enter(path, isDirectory: false, journal: journal)
    }
    try leftovers.remove(journal: journal)
  }
}
