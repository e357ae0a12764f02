public import Linux
public import Streams

/// The undo journal, and the guardian: a process of its own session that undoes what is entered when the engine ends
/// without having closed the journal, whatever ended it.
///
/// The guardian watches the engine by a pidfd, not by a pipe: copies of a pipe's end in helper processes would hide the
/// engine's end, and only the pidfd tells that the kernel has let go of all traced threads.
public final class GuardedJournal: Journal {
  private let memory: JournalMemory
  private let guardian: Int32
  private let log: Log
  private var isClosed = false

  private init(memory: JournalMemory, guardian: Int32, log: Log) {
    self.memory = memory
    self.guardian = guardian
    self.log = log
  }

  /// Starts the guardian, before anything is changed. `close` ends it.
  ///
  /// - Parameter byteCount: Room for entries; about 100 bytes each.
  public static func start(byteCount: Int = 16 << 20, log: Log) throws(Failure) -> GuardedJournal {
    let memory = try JournalMemory(byteCount: byteCount)
    let engine = try openProcess(currentPid())
    if case .parent(let child) = try cloneProcess() {
      return GuardedJournal(memory: memory, guardian: child, log: log)
    }
    Guardian.run(engine: engine, memory: memory, log: log)
  }

  public func enter(_ change: Change) throws(Failure) -> Int { try memory.enter(change) }

  public func strike(_ entry: Int) { memory.strike(entry) }

  public func strikeAll(entering changes: [Change]) throws(Failure) { try memory.strikeAll(entering: changes) }

  /// After a failure in good order, and after the tree was thawed: undoes all that is entered, the newest first.
  public func undoAll() {
    for (entry, change) in memory.liveEntries() {
      change.undo(isOrphan: false, log: log)
      memory.strike(entry)
    }
  }

  /// At the end, when all that is to be undone was undone: what is still entered stays as it is. Once.
  public func close() throws(Failure) {
    guard !isClosed else { return }
    isClosed = true
    killProcess(guardian)
    _ = try waitForEnd(of: guardian)
  }
}
