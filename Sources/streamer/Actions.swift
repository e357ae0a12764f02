internal import Linux
internal import Sinks
internal import Streams

extension Invocation {
  static func capture(_ request: Request) throws(Failure) {
    let progress = Progress(request.progressNumber)
    let shards = try request.shards()
    let external = try request.externalFiles()
    try makeDirectories(request.directory)
    let listener = try StreamerPeer.listen(.capture, in: request.directory)
    progress.tell("socket-init")
    let writer = try ShardWriter(shards)
    let capture = Capture(from: try listener.accept(), external: external, to: writer)
    progress.start()
    try capture.run {
      progress.start()
      progress.tell("checkpoint-start")
    }
    progress.tellStatistics(shards)
  }

  /// Serves while the stream arrives. Who drives upstream's streamer waits for a line of statistics before socket-init:
  /// it tells of what was read by then, and a second one, at the end, of all. External files are given before the socket
  /// is there: what they hold may be needed before criu can be started.
  static func serve(_ request: Request) throws(Failure) {
    let progress = Progress(request.progressNumber)
    let reader = ShardReader(try request.shards())
    let external = try request.externalFiles()
    try makeDirectories(request.directory)
    let feeder = ShardFeeder(reader, external: external, temporaryDirectory: temporaryDirectory())
    if !request.remappedPorts.isEmpty {
      feeder.edit(ListenRemap.image) { (bytes) throws(Failure) in try ListenRemap.apply(request.remappedPorts, to: bytes) }
    }
    try feeder.giveExternalFiles()
    let listener = try StreamerPeer.listen(.serve, in: request.directory)
    progress.tellStatistics(reader.shards)
    progress.tell("socket-init")
    do {
      let peer = try listener.accept()
      try feeder.serve(peer)
    }
    try feeder.finish()
    progress.tellStatistics(reader.shards)
  }

  static func extract(_ request: Request) throws(Failure) {
    let progress = Progress(request.progressNumber)
    let reader = ShardReader(try request.shards())
    let external = try request.externalFiles()
    try makeDirectories(request.directory)
    let path = try absolutePath(request.directory)
    let directory = OwnedFD(
      adopting: CInt(
        try check("open the directory", path, remedy: "Make it readable for this user.") {
          File.open(path, [.readOnly, .directory])
        }))
    let journal = FileJournal()
    let sink = DirectorySink(
      adopting: directory, path: path, contents: .wholeSet, durability: .pageCache, journal: journal)
    do throws(Failure) {
      try Extraction(reader, external: external, into: sink).run()
    } catch {
      sink.abandon()
      journal.undo()
      throw error
    }
    progress.tellStatistics(reader.shards)
  }

  private static func temporaryDirectory() -> String { environmentVariable("TMPDIR") ?? "/tmp" }

  private static func absolutePath(_ path: String) throws(Failure) -> String {
    path.hasPrefix("/") ? path : "\(try currentDirectory())/\(path)"
  }

  /// The directory and those above it.
  private static func makeDirectories(_ path: String) throws(Failure) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/\(part)"
      if try FilePath(made).status(following: true) != nil { continue }
      try FilePath(made).makeDirectory(mode: 0o777, remedy: "Check that the directory above can be written to.")
    }
  }
}
