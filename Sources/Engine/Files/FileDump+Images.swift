internal import Images
internal import Linux
internal import Streams

extension FileDump {
  /// Once, after all tasks and all their mapped files were dumped: what kinds can tell only then. The tasks are frozen.
  func conclude() throws(Failure) {
    for kind in fileKinds { try kind.conclude(self) }
  }

  /// files.img, fdinfo-N.img, remap-fpath.img, filelocks.img and what kinds have of records.
  func writeRecords(to sink: any ImageSink) throws(Failure) {
    try makeRecords()
    if !files.isEmpty { try sink.write(records: files, to: .files) }
    for (filesID, entries) in descriptors.sorted(by: { $0.key < $1.key }) where !entries.isEmpty {
      try sink.write(records: entries, to: .fdinfo, UInt64(filesID))
    }
    if !remaps.isEmpty { try sink.write(records: remaps, to: .remapFpath) }
    try states[FileLocks.self].write(to: sink)
    for kind in fileKinds { try kind.writeRecords(of: self, to: sink) }
  }

  /// Contents of removed files, pipes and sockets.
  func writeBlobs(to sink: any ImageSink) throws(Failure) {
    for kind in fileKinds where kind.type != RegularFile.type { try kind.writeBlobs(of: self, to: sink) }
    try RegularFile.writeBlobs(of: self, to: sink)
  }

  /// After everything was written, where the tree runs on.
  func removeLinks() throws(Failure) {
    try states[LinkRemaps.self].remove(journal: journal)
  }
}
