internal import Linux
internal import Streams

/// A process that stands by a dump whose program has ended, while the last of its memory is served: when the dump is
/// lost, it saves the program.
final class Rescuer {
  private let child: Int32
  private let word: UnsafeMutablePointer<UInt32>

  /// - Parameter rescue: Runs in a copy of this process, once this one is gone. Told whether the program is in our
  ///   hands.
  static func start(log: Log, _ rescue: (Bool) throws(Failure) -> Void) throws(Failure) -> Rescuer {
    let word = try mapAnonymous(byteCount: pageSize, sharing: .shared).bindMemory(to: UInt32.self, capacity: 1)
    let engine = try openProcess(currentPid())
    if case .parent(let child) = try cloneProcess() { return Rescuer(child, word) }
    do throws(Failure) {
      try becomeWatcher(name: "criu-rescuer", keeping: [engine.borrowed().raw, log.descriptor])
      try awaitEnd(of: engine, "the engine")
      log.warning("criu dump was lost while it served pages")
      try rescue(futexLoad(word) != 0)
    } catch {
      log.error(error.during("saving a program whose dump was lost"))
      exitNow(1)
    }
    exitNow(0)
  }

  private init(_ child: Int32, _ word: UnsafeMutablePointer<UInt32>) {
    self.child = child
    self.word = word
  }

  /// Whether the program is in our hands alone.
  var isNeeded: Bool {
    get { futexLoad(word) != 0 }
    set { futexStore(word, newValue ? 1 : 0) }
  }

  /// In good order.
  func end() throws(Failure) {
    killProcess(child)
    _ = try waitForEnd(of: child)
    unmap(word, byteCount: pageSize)
  }
}
