internal import Linux
internal import Sinks
internal import Streams

/// Shards as a source: a helper process reads them, and gives images to the engine and to every task that restores
/// itself, over a socket that all of them have.
final class ShardHelper: ImageSequence {
  var abilities: Abilities { StreamerSource.abilities }
  private let pid: Int32
  private var source: StreamerSource?

  private init(pid: Int32, _ source: StreamerSource) {
    self.pid = pid
    self.source = source
  }

  /// Starts the helper, which dies with us. The shards are its own from then on.
  static func start(_ shards: [Shard], journal: any Journal, log: Log) throws(Failure) -> ShardHelper {
    let pair = try makeSocketPair(type: 1)
    let ours = OwnedFD(adopting: pair.0)
    let theirs = OwnedFD(adopting: pair.1)
    if case .parent(let child) = try cloneProcess() {
      _ = try journal.enter(.processStarted(pid: child, startTime: try ProcStat(pid: child).startTime))
      return ShardHelper(pid: child, StreamerSource(StreamerPeer(adopting: ours, name: "the reader of the shards")))
    }
    dieWithParent()
    run(shards, adopting: theirs, log)
  }

  private static func run(_ shards: [Shard], adopting socket: consuming OwnedFD, _ log: Log) -> Never {
    let raw = socket.borrowed().raw
    let peer = StreamerPeer(adopting: socket, name: "the engine")
    do throws(Failure) {
      try becomeWatcher(name: "criu-shards", keeping: shards.map(\.number) + [raw, log.descriptor])
      let feeder = ShardFeeder(ShardReader(shards), temporaryDirectory: environmentVariable("TMPDIR") ?? "/tmp")
      try feeder.serve(peer)
      exitNow(0)
    } catch {
      // Whoever sees the end of the connection gives up, and we die with it: the reason is told before.
      withExtendedLifetime(peer) { log.error(error) }
      exitNow(1)
    }
  }

  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { try open(anyOf: [name])?.reader }

  func open(anyOf names: [ImageName]) throws(Failure) -> (name: ImageName, reader: any ImageReader)? {
    try going().open(anyOf: names)
  }

  func next() throws(Failure) -> (name: ImageName, reader: any ImageReader)? { try going().next() }

  private func going() throws(Failure) -> StreamerSource {
    guard let source else {
      throw Failure("read the shards", "after their end", .invalid, remedy: "Report this with the log.")
    }
    return source
  }

  /// The end of the stream was seen; the helper ends, and nothing of it is left to whoever follows in this process.
  func finish() throws(Failure) {
    try source?.finish()
    source = nil
    let status = try waitForEnd(of: pid)
    guard status == .exited(0) else {
      throw Failure("read the shards", "\(status)", .inputOutput, remedy: "See the error of the reader above.")
    }
  }
}
