internal import Images
public import Linux
public import Streams

/// The socket between a restore and the daemon that serves its pages, in the protocol of CRIU. The restore sends, for
/// each task of the tree, its pid (i32, negated for a dead task) and the descriptor for its missing pages, and in the end
/// one word.
enum LazyProtocol {
  /// In the work directory of both.
  static let socketName = "lazy-pages.socket"
  /// "RSTF": the restore is over, the tasks run.
  static let finished: UInt32 = 0x5253_5446

  static let address = SocketAddress.unix(Array(socketName.utf8) + [0])
  static let streamType: UInt32 = 1  // SOCK_STREAM
}

/// `criu lazy-pages`: serves whichever restores of one set of images come, and ends when all of them have their memory.
public final class LazyDaemon {
  private let source: any ImageSource
  private let log: Log
  private let pages: LazyPages
  private let listener: OwnedFD
  /// Of all tasks, the dead ones too.
  private let pids: [UInt32]
  private var restores: [Restore] = []
  private var hasServed = false

  /// A restore under way.
  private final class Restore {
    let socket: OwnedFD
    var missingItems: Int

    init(_ socket: consuming OwnedFD, itemCount: Int) {
      self.socket = socket
      missingItems = itemCount
    }
  }

  /// Listens, in the current directory.
  ///
  /// - Parameters:
  ///   - source: The records of the tree.
  ///   - fetcher: Where pages come from; opened when the first is needed.
  public init(
    _ source: any ImageSource, log: Log, from fetcher: @escaping () throws(Failure) -> any PageFetcher
  ) throws(Failure) {
    guard let tree = try source.records(of: PstreeEntry.self, in: .pstree) else {
      throw Failure(
        "serve the pages of a tree", "there is no \(ImageKind.pstree.name())", .noEntry,
        remedy: "Name the directory of the set that is restored with --images-dir.")
    }
    self.source = source
    self.log = log
    pids = tree.map(\.pid)
    pages = LazyPages(log: log, from: fetcher)
    try FilePath(LazyProtocol.socketName).unlink()
    listener = try makeSocket(family: SocketAddress.unixFamily, type: LazyProtocol.streamType)
    try listener.borrowed().bind(to: LazyProtocol.address, LazyProtocol.socketName)
    try listener.borrowed().listen(backlog: 10, LazyProtocol.socketName)
  }

  /// Where pages come from elsewhere: takes them over now, so that a dump which keeps its tree for us ends it, and the
  /// restore finds pids, ports and locks free. To be called before anybody is told to come.
  ///
  /// A server that does not listen yet is asked when the first page is needed: CRIU's dumps begin to listen late.
  public func claim() throws(Failure) {
    do throws(Failure) { try pages.claim(try firstMissing()) } catch {
      guard error.errno == .connectionRefused else { throw error }
      log.warning(error.during("claiming the program").summary)
    }
  }

  private func firstMissing() throws(Failure) -> (address: UInt64, pid: UInt32)? {
    for pid in pids {
      let runs = try Pagemap.read(.task(pid), from: source)?.runs
      if let first = runs?.first(where: { $0.flags.contains(.lazy) }) { return (first.address, pid) }
    }
    return nil
  }

  /// From here on, no task gets wrong memory when this process is killed. To be called in the process that serves, before
  /// anybody is told to come.
  public func standReady() throws(Failure) { _ = try startGuardian() }

  private func startGuardian() throws(Failure) -> LazyGuardian {
    if let guardian = pages.guardian { return guardian }
    let guardian = try LazyGuardian.start(listener: listener.borrowed().raw, log: log)
    pages.guardian = guardian
    return guardian
  }

  /// Serves to the end.
  ///
  /// - Throws: What kept pages from coming, or a restore that failed; no task has got wrong pages.
  public func serve() throws(Failure) {
    let guardian = try startGuardian()
    do throws(Failure) {
      while !(hasServed && restores.isEmpty && pages.isComplete) { try step() }
      try pages.finish()
    } catch {
      if pages.poison(because: error) { try guardian.end() }
      throw error
    }
    try guardian.end()
  }

  private func step() throws(Failure) {
    let sockets = [listener.borrowed().raw] + restores.map { $0.socket.borrowed().raw }
    let ready = try awaitReadable(
      sockets + pages.descriptors, milliseconds: pages.patience, "restored tasks and what they need")
    for (restore, isReady) in zip(restores, ready.dropFirst()) where isReady { try hear(restore) }
    try pages.serve(Array(ready.dropFirst(sockets.count)))
    if ready[0] {
      restores.append(Restore(try listener.borrowed().accept(LazyProtocol.socketName), itemCount: pids.count))
      pages.servesInBackground = false
      log.info("A restore has come")
    }
  }

  /// One item, or the last word.
  private func hear(_ restore: Restore) throws(Failure) {
    let socket = restore.socket.borrowed()
    var bytes = [UInt8](repeating: 0, count: 4)
    let count = try socket.read(into: &bytes, "the restore")
    guard count == 4 else { throw lost(count) }
    let word = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
    guard restore.missingItems > 0 else {
      guard word == LazyProtocol.finished else { throw lost(count) }
      log.info("The restore is over: the rest comes in the background")
      hasServed = true
      restores.removeAll { $0 === restore }
      pages.servesInBackground = restores.isEmpty
      return
    }
    restore.missingItems -= 1
    let pid = Int32(bitPattern: word)
    guard pid > 0 else { return }  // a dead task has no memory
    let subject = "the memory of pid \(pid)"
    let faults = UserFaults(adopting: try socket.receiveDescriptor(subject), subject: subject)
    let pagemap = try Pagemap.read(.task(word), from: source)
    pages.add(pid: word, faults, missing: pagemap?.runs.filter { $0.flags.contains(.lazy) } ?? [])
  }

  private func lost(_ byteCount: Int) -> Failure {
    Failure(
      "serve a restore", byteCount == 0 ? "it ended before its tasks ran" : "it sent something else than it should",
      byteCount == 0 ? .brokenPipe : .badMessage, remedy: "See the log of the restore.")
  }
}
