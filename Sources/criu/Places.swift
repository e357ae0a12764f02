internal import Linux
internal import Sinks
internal import Streams

/// Where images go and come from: the one place that stacks sinks and sources as the options ask.
extension Session {
  /// The sink of a dump, with everything around it that was asked for.
  func sink(journal: any Journal) throws(Failure) -> any ImageSink {
    var sink = try placeSink(journal: journal)
    if let level = options.zstdLevel { sink = IntegritySink(ZstdSink(sink, level: level)) }
    let drawsOnTerminal = isTerminal(2)
    sink = try withPageServer(sink)
    guard options.progressDescriptor != nil || drawsOnTerminal else { return sink }
    return ProgressSink(
      sink, Progress(descriptor: options.progressDescriptor, drawsOnTerminal: drawsOnTerminal))
  }

  /// The source of a restore.
  func source() throws(Failure) -> any ImageSource {
    let source = ZstdSource(try placeSource())
    // Records before any process; pages as they are read.
    if source.abilities.contains(.reopen) { try Manifest.read(from: source)?.verify(source) }
    return source
  }

  /// The place itself.
  private func placeSink(journal: any Journal) throws(Failure) -> any ImageSink {
    DirectorySink(
      adopting: try openDirectory(imagesDirectory), path: imagesDirectory, contents: .wholeSet, durability: .pageCache,
      journal: journal)
  }

  private func placeSource() throws(Failure) -> any ImageSource {
    DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory)
  }

  /// Statistics lie beside the set, in the work directory.
  func statisticsSink() throws(Failure) -> DirectorySink {
    DirectorySink(
      adopting: try openDirectory(workDirectory), path: workDirectory, contents: .part, durability: .pageCache,
      journal: FileJournal(), ring: .never)
  }

  func openDirectory(_ path: String) throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check("open the directory", path, remedy: "Make it first, or name another with --images-dir.") {
          File.open(path, [.readOnly, .directory])
        }))
  }
}
