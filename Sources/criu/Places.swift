internal import Linux
internal import Sinks
internal import Streams

/// Where images go and come from: the one place that stacks sinks and sources as the options ask.
extension Session {
  /// The sink of a dump, with everything around it that was asked for.
  func sink(journal: any Journal) throws(Failure) -> any ImageSink {
    var sink = try placeSink(journal: journal)
    if let level = options.zstdLevel {
      sink = ZstdSink(sink, level: level)
      // In a stream, the checksums of plain images are in its markers.
      if sink.abilities.contains(.reopen) { sink = IntegritySink(sink) }
    }
    sink = try withPageServer(sink)
    if let progress = try progress() { sink = ProgressSink(sink, progress) }
    return sink
  }

  /// - Returns: `nil` where nobody looks.
  private func progress() throws(Failure) -> Progress? {
    let terminal: CInt? = isTerminal(2) ? 2 : nil
    guard options.progressDescriptor != nil || terminal != nil else { return nil }
    return try Progress(descriptor: options.progressDescriptor, terminal: terminal)
  }

  /// The source of a restore.
  func source(journal: any Journal) throws(Failure) -> any ImageSource {
    let source = ZstdSource(try placeSource(journal: journal))
    // Records before any process; pages as they are read. In a stream, the checksums are verified as it is read.
    if source.abilities.contains(.reopen), try Manifest.check(source) == .stale { log.warning(staleManifest) }
    if let progress = try progress() { return ProgressSource(source, progress) }
    return source
  }

  var staleManifest: String {
    """
    \(imagesDirectory)/\(Manifest.name) is of an older, compressed set, over which another program has dumped: it is \
    passed over, and nothing is verified. Remove it with the images that end in .zst.
    """
  }

  /// The place itself.
  private func placeSink(journal: any Journal) throws(Failure) -> any ImageSink {
    if !shards.isEmpty { return try StreamSink(shards: shards.taken()) }
    if options.streams { return StreamSink(streamer: try StreamerPeer.connect(.capture, in: imagesDirectory)) }
    let sink = DirectorySink(
      adopting: try openDirectory(imagesDirectory), path: imagesDirectory, contents: .wholeSet, durability: .pageCache,
      journal: journal)
    if let parent = options.parentImages { try sink.linkParent(to: parent) }
    return sink
  }

  /// The set that a dump leaves pages to, once its sink has linked it.
  func parentSource() throws(Failure) -> (any ImageSource)? {
    guard options.parentImages != nil else { return nil }
    let set = DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory)
    return try set.parent().map { ZstdSource($0) }
  }

  private func placeSource(journal: any Journal) throws(Failure) -> any ImageSource {
    if let stream = try streamSource(journal: journal) { return stream }
    return DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory)
  }

  /// - Returns: `nil` where the images are in a directory.
  func streamSource(journal: any Journal) throws(Failure) -> (any ImageSequence)? {
    if !shards.isEmpty { return try ShardHelper.start(try shards.taken(), journal: journal, log: log) }
    guard options.streams else { return nil }
    return StreamerSource(try StreamerPeer.connect(.serve, in: imagesDirectory))
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
