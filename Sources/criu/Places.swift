internal import Linux
internal import Sinks
internal import Streams

/// Where images go and come from: the one place that stacks sinks and sources as the options ask.
extension Session {
  /// The sink of a dump, with everything around it that was asked for.
  ///
  /// - Parameter tracks: The set is to be the parent of a later dump.
  func sink(journal: any Journal, tracks: Bool) throws(Failure) -> any ImageSink {
    var sink = try placeSink(journal: journal, tracks: tracks)
    if let level = options.zstdLevel {
      sink = ZstdSink(sink, level: level)
      // In a stream, the checksums of plain images are in its markers.
      if sink.abilities.contains(.reopen) { sink = IntegritySink(sink) }
    }
    sink = try withPageServer(sink, tracks: tracks)
    if let progress = try progress() { sink = ProgressSink(sink, progress) }
    return sink
  }

  /// - Returns: `nil` where nobody looks.
  private func progress() throws(Failure) -> Progress? {
    let terminal: CInt? = isTerminal(2) ? 2 : nil
    guard options.progressDescriptor != nil || terminal != nil else { return nil }
    if let number = options.progressDescriptor { try checkDescriptor(number, as: "--progress-fd", for: .writing) }
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
  ///
  /// - Parameter tracks: The set is to be the parent of a later dump.
  private func placeSink(journal: any Journal, tracks: Bool) throws(Failure) -> any ImageSink {
    if options.usesStream {
      let stream =
        options.streams
        ? StreamSink(streamer: try StreamerPeer.connect(.capture, in: imagesDirectory))
        : try StreamSink(shards: shards.taken())
      guard tracks else { return stream }
      let kept = DirectorySink(
        adopting: try openDirectory(imagesDirectory), path: imagesDirectory, contents: .part, durability: .pageCache,
        journal: journal)
      return TrackedStream(stream, keepingIn: kept)
    }
    let sink = DirectorySink(
      adopting: try openDirectory(imagesDirectory), path: imagesDirectory, contents: .wholeSet, durability: .pageCache,
      journal: journal)
    if let parent = options.parentImages { try sink.linkParent(to: parent) }
    return sink
  }

  /// The set that a dump leaves pages to, once its sink has linked it.
  func parentSource() throws(Failure) -> (any ImageSource)? {
    guard let parent = options.parentImages else { return nil }
    // What a stream leaves behind here has no link.
    guard !options.usesStream else { return try parentDirectory(parent) }
    let set = DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory)
    return try set.parent().map { ZstdSource($0) }
  }

  /// - Parameter path: As given: a relative one starts at the images directory.
  private func parentDirectory(_ path: String) throws(Failure) -> any ImageSource {
    let absolute = path.hasPrefix("/") ? path : "\(imagesDirectory)/\(path)"
    return ZstdSource(DirectorySource(adopting: try openDirectory(absolute), path: absolute))
  }

  /// The set that the stream of a restore leaves pages to; its own parents behind it.
  private func streamParent(journal: any Journal) throws(Failure) -> (any ImageSource)? {
    var parent = try options.parentImages.map { (path) throws(Failure) in try parentDirectory(path) }
    for shards in parentShards.reversed() {
      let stream = ZstdSource(try ShardHelper.start(try shards.taken(), journal: journal, log: log))
      parent = if let set = parent { StreamWithParent(stream, parent: set) } else { stream }
    }
    return parent
  }

  private func placeSource(journal: any Journal) throws(Failure) -> any ImageSource {
    if let stream = try streamSource(journal: journal) {
      guard let parent = try streamParent(journal: journal) else { return stream }
      return StreamWithParent(stream, parent: parent)
    }
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
