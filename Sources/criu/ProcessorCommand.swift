internal import Engine
internal import Linux
internal import Sinks

/// `criu cpuinfo dump` and `criu cpuinfo check`.
enum ProcessorCommand {
  static func run(_ action: String, _ session: Session) throws(Failure) -> CInt {
    if action == "dump", session.options.streams {
      let sink = StreamSink(streamer: try StreamerPeer.connect(.capture, in: session.imagesDirectory))
      try ProcessorImage.write(to: sink)
      try sink.commit()
      return 0
    }
    let directory = try openDirectory(session.imagesDirectory)
    if action == "check" {
      let source = DirectorySource(adopting: directory, path: session.imagesDirectory)
      try ProcessorImage.check(from: source, session.options.cpuCapabilities)
      return 0
    }
    let journal = FileJournal()
    let sink = DirectorySink(
      adopting: directory, path: session.imagesDirectory, contents: .part, durability: .pageCache, journal: journal,
      ring: .never)
    do throws(Failure) {
      try ProcessorImage.write(to: sink)
      try sink.commit()
    } catch {
      sink.abandon()
      journal.undo()
      throw error
    }
    return 0
  }
}

/// A directory to read from and to sync.
func openDirectory(_ path: String) throws(Failure) -> OwnedFD {
  let directory = try check(
    "open the images directory", path, remedy: "Make it, or name another one with --images-dir."
  ) {
    File.open(path, [.readOnly, .directory])
  }
  return OwnedFD(adopting: CInt(directory))
}
