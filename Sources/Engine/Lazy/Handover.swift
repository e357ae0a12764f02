internal import Linux
internal import Streams

/// The pages that a dump left out, for whoever comes for them, and what becomes of the program.
///
/// Until a client asks for the first page, the program is ours: it stands where it was, and goes on when anything
/// fails. From then on it is the client's. Its tasks are ended, so that their pids, ports and locks are free where they
/// were, also for a restore on this machine; *memory keepers*, processes that share their memory and do nothing, have
/// what is still to be fetched. It never runs twice: if the client goes before it has all, what is missing is written
/// into the set, which can then be restored like any other; if we are killed, a *rescuer* does that.
///
/// Where keepers could not outlive the tasks, in a pid namespace whose init is among them, or beyond a limit of
/// processes, the tasks stand to the end instead, and when we are killed, they go on. They go on after any failure
/// where the dump's user wants to have them afterwards, and where the set cannot be completed (a stream, a page
/// server).
final class Handover: PageStore {
  private let tree: FrozenTree
  private let collected: TreeDump
  private let sink: any ImageSink
  private let options: DumpOptions
  private let preparation: DumpPreparation
  private let journal: any Journal
  private let log: Log
  private let leave: () throws(Failure) -> Void
  private var pages: FrozenPages
  /// Whether somebody has come for the program, and can be given it.
  private var isClients = false
  private var keepers: MemoryKeepers?
  private var rescuer: Rescuer?

  /// - Parameter leave: Ends what the freeze held up outside of the tree. Called once, before the tree ends.
  init(
    _ tree: FrozenTree, _ collected: TreeDump, of sink: any ImageSink, _ options: DumpOptions,
    _ preparation: DumpPreparation, journal: any Journal, log: Log,
    leave: @escaping () throws(Failure) -> Void
  ) throws(Failure) {
    self.leave = leave
    self.tree = tree
    self.collected = collected
    self.sink = sink
    self.options = options
    self.preparation = preparation
    self.journal = journal
    self.log = log
    pages = try FrozenPages(collected) { $0.task.pid }
  }

  /// Serves the pages to the end. The tree has ended then, or ends as after any dump.
  ///
  /// - Throws: What kept the client from having all. The tree goes on, or the set is whole.
  func run(_ serve: (any PageStore) throws(Failure) -> Void) throws(Failure) {
    do throws(Failure) { try serve(self) } catch {
      guard isClients else { throw error }
      let result = Result { () throws(Failure) in try complete(from: keepers) }
      // Without keepers, a program that cannot be saved goes on.
      if keepers == nil, case .success = result {
        try leave()
        try collected.kill()
      }
      try endKeepers()
      throw Handover.failure(error, result, options)
    }
    if keepers == nil {
      try leave()
      if options.finalState == .killed { try collected.kill() }
    }
    try endKeepers()
  }

  // MARK: Pages

  func read(_ pid: UInt32, at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try pages.read(pid, at: address, into: buffer)
  }

  /// The program is the client's.
  func begin() throws(Failure) {
    guard !isClients, options.finalState == .killed, sink.abilities.contains(.rewriting) else { return }
    let keepers =
      try canOutlive()
      ? try MemoryKeepers.make(of: collected, preparation.sequences, journal: journal, log: log) : nil
    guard let keepers else {
      isClients = true
      return log.info("The program is the client's: its tasks stand until all pages were fetched")
    }
    do throws(Failure) {
      rescuer = try Rescuer.start(log: log) { (isNeeded) throws(Failure) in
        let result = Result { () throws(Failure) in if isNeeded { try self.complete(from: keepers) } }
        keepers.kill()
        try result.get()
      }
      try leave()
      try collected.holdBack()
    } catch {
      try rescuer?.end()
      try keepers.undo()
      throw error
    }
    isClients = true
    self.keepers = keepers
    keepers.outliveUs()
    rescuer?.isNeeded = true
    try collected.kill()
    try keepers.takeOver()
    pages = try FrozenPages(collected) { keepers.pid(of: $0) }
    awaitReaping()
    log.info("The program is the client's: its tasks have ended, and \(keepers.count) keepers have its memory")
  }

  /// Whether processes that are made by the tasks live on without them.
  private func canOutlive() throws(Failure) -> Bool {
    if tree.tasks.contains(where: { $0.virtualPid == 1 }) { return false }
    for collector in collected.collectors {
      let names = "/proc/\(collector.task.pid)/ns/pid"
      // Its first child would be the init of a namespace.
      guard try readLink(names) == readLink("\(names)_for_children") else { return false }
    }
    return collected.collectors.count <= preparation.waveLimit(tree)
  }

  /// Pids are free once parents have waited, which they do at once, or not for us.
  private func awaitReaping() {
    let deadline = Deadline(after: .milliseconds(200))
    while tree.tasks.contains(where: { processExists($0.pid) }), !deadline.hasPassed { pause(for: .milliseconds(1)) }
  }

  // MARK: The end

  /// Writes what the set lacks into it. In the engine, or in its rescuer.
  ///
  /// - Parameter keepers: `nil` where the tasks stand.
  private func complete(from keepers: MemoryKeepers?) throws(Failure) {
    log.warning("The client does not have all pages: writing them into the images")
    let sink = try sink.rewriting(NothingUndone())
    for collector in collected.collectors {
      try during("dumping the pages of \(collector.task.subject)") { () throws(Failure) in
        try collector.dumpWhole(from: keepers?.pid(of: collector) ?? collector.task.pid, into: sink)
      }
    }
    try sink.commit()
    log.info("The images in \(options.imagesDirectory) are whole")
  }

  private func endKeepers() throws(Failure) {
    guard let keepers else { return }
    try rescuer?.end()
    try keepers.end()
  }

  private static func failure(
    _ cause: Failure, _ completion: Result<Void, Failure>, _ options: DumpOptions
  ) -> Failure {
    switch completion {
    case .success:
      Failure(
        "serve all pages of the program, which has ended here", "the client went before it had them", cause.errno,
        remedy: "The images in \(options.imagesDirectory) are whole now: restore them, without --lazy-pages."
      ).during(cause.summary)
    case .failure(let failure): failure.during("saving a program whose client was lost (\(cause.summary))")
    }
  }
}

extension FrozenPages {
  /// Of a tree.
  ///
  /// - Parameter holder: The process that has a task's memory.
  convenience init(_ dump: TreeDump, holder: (TaskCollector) -> Int32) throws(Failure) {
    var tasks: [UInt32: FrozenPages.Task] = [:]
    for collector in dump.collectors {
      tasks[UInt32(bitPattern: collector.task.virtualPid)] = try collector.lazyPages(in: holder(collector))
    }
    self.init(tasks)
  }
}

/// Part of what is missing is worth more than nothing.
private final class NothingUndone: Journal {
  func enter(_ change: Change) throws(Failure) -> Int { 0 }
  func strike(_ entry: Int) {}
  func strikeAll(entering changes: [Change]) throws(Failure) {}
}
