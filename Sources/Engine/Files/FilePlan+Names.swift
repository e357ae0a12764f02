internal import Linux
internal import Streams

extension FilePlan {
  /// In the engine, before the root is cloned: files without a name get one for the time of the restore.
  func prepare(from source: any ImageSource, journal: any Journal) throws(Failure) {
    try states[GhostPlan.self].prepare(from: source, plan: self, journal: journal)
  }

  /// In the engine, once every task has opened its files.
  func cleanUp(journal: any Journal) throws(Failure) {
    try states[GhostPlan.self].cleanUp(journal: journal)
    try dropEvents()
  }
}
