internal import Images
internal import Linux
internal import Streams

/// Files without a name during a restore: made again under a name that every task can open, which goes at the end.
final class GhostPlan: KindState {
  /// By the id of the REG record.
  private var paths: [UInt32: FilePath] = [:]

  init() {}

  func load(from source: any ImageSource, plan: FilePlan) throws(Failure) {
    for remap in try source.records(of: RemapFilePathEntry.self, in: .remapFpath) ?? [] {
      throw Failure(
        "restore a file without a name", "file \(remap.origId)", .notSupported,
        remedy: "Restore with a criu that can.")
    }
  }

  func path(of record: RegFileEntry) -> FilePath? { paths[record.id] }
}
