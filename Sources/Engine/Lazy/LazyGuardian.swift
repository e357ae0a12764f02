internal import Linux
internal import Streams

/// A process that stands by a daemon which serves pages. When the last copy of a task's descriptor is closed, what the
/// task misses reads as zeros: a daemon that is killed would leave programs with wrong memory.
///
/// It has one table of descriptors with the daemon (CLONE_FILES), so that all that the daemon had open stays open when it
/// is gone, children forked meanwhile too. From then on, who touches a page that is missing ends with SIGBUS.
final class LazyGuardian {
  private let child: Int32
  private let labels: LazyLabels

  /// - Parameter listener: The socket that restores come to.
  static func start(listener: CInt, log: Log) throws(Failure) -> LazyGuardian {
    let labels = try LazyLabels()
    let daemon = try openProcess(currentPid())
    guard case .parent(let child) = try cloneProcess(sharing: .descriptors) else {
      run(daemon: daemon, listener: BorrowedFD(listener), labels, log)
    }
    // Both have the one that is open, and it is the clone's to close.
    _ = daemon.release()
    return LazyGuardian(child, labels)
  }

  private init(_ child: Int32, _ labels: LazyLabels) {
    self.child = child
    self.labels = labels
  }

  /// Says whose memory a descriptor stands for.
  func note(_ task: LazyTask) { labels.set(task.pid, for: task.faults.borrowed.raw) }

  /// In good order: no task misses anything that it could still touch.
  func end() throws(Failure) {
    killProcess(child)
    _ = try waitForEnd(of: child)
  }

  // MARK: In the process

  private static func run(daemon: consuming OwnedFD, listener: BorrowedFD, _ labels: LazyLabels, _ log: Log) -> Never {
    do throws(Failure) {
      try becomeWatcher(name: "criu-lazy-guard")
      try awaitEnd(of: daemon, "the daemon")
      var tasks = try takeOver(listener: listener, labels, log)
      while !tasks.isEmpty {
        // The end of a process wakes nobody.
        let ready = try awaitReadable(
          tasks.map(\.faults.borrowed.raw), milliseconds: tasks.contains { !$0.deferred.isEmpty } ? 1 : 500,
          "tasks that miss memory")
        for (task, isReady) in zip(tasks, ready) where isReady || !task.deferred.isEmpty {
          tasks += try task.hear(log)
        }
        tasks.removeAll { $0.isGone || !$0.faults.hasProcess }
      }
    } catch {
      log.error(error.during("standing in for criu lazy-pages, which was lost"))
      exitNow(1)
    }
    exitNow(0)
  }

  /// The tasks of the daemon, and those whose descriptors it had not taken yet. All else is closed, so that a restore
  /// under way fails.
  private static func takeOver(listener: BorrowedFD, _ labels: LazyLabels, _ log: Log) throws(Failure) -> [LostTask] {
    while try awaitReadable([listener.raw], milliseconds: 0, LazyProtocol.socketName)[0] {
      _ = try listener.accept(LazyProtocol.socketName).release()
    }
    let unix = UInt32(SocketAddress.unixFamily)
    for number in try descriptorNumbers(of: currentPid()) where number != listener.raw {
      let socket = BorrowedFD(number)
      guard socket.socketOptionIfKnown(.domain) == unix else { continue }
      while socket.takeArrived() {}  // descriptors that came are in our table then
    }
    var tasks: [LostTask] = []
    for number in try descriptorNumbers(of: currentPid()) where number != log.descriptor {
      let link: FilePath
      do throws(Failure) {
        link = try FilePath("/proc/self/fd/\(number)").readLink(remedy: "See that /proc is mounted.")
      } catch { continue }  // the one by which the list was read
      guard link == WriteTracking.link else {
        if number > 2 { BorrowedFD(number).close() }
        continue
      }
      let pid = labels[number]
      let subject = pid == 0 ? "a task whose restore was under way" : "the memory of pid \(pid)"
      tasks.append(LostTask(UserFaults(adopting: OwnedFD(adopting: number), subject: subject)))
    }
    if !tasks.isEmpty {
      log.warning("criu lazy-pages was lost: of \(tasks.count) tasks, who touches a page that is missing ends with SIGBUS")
    }
    return tasks
  }
}

/// Whose memory each descriptor stands for, in memory that two processes share.
private struct LazyLabels {
  private let pids: UnsafeMutablePointer<UInt32>
  private let count: Int

  init() throws(Failure) {
    count = try descriptorLimit()
    pids = try mapAnonymous(byteCount: count * MemoryLayout<UInt32>.stride, sharing: .shared).bindMemory(
      to: UInt32.self, capacity: count)
  }

  func set(_ pid: UInt32, for descriptor: CInt) { if Int(descriptor) < count { pids[Int(descriptor)] = pid } }

  subscript(_ descriptor: CInt) -> UInt32 { Int(descriptor) < count ? pids[Int(descriptor)] : 0 }
}

/// A task that gets no more pages.
private final class LostTask {
  let faults: UserFaults
  private(set) var deferred: [UInt64] = []
  private(set) var isGone = false

  init(_ faults: UserFaults) {
    self.faults = faults
    // Whoever waits for an answer of the daemon asks again.
    faults.wake(UserFaults.everywhere)
  }

  /// - Returns: Children that it made.
  func hear(_ log: Log) throws(Failure) -> [LostTask] {
    var children: [LostTask] = []
    while let events = try faults.read() {
      let again = deferred
      deferred = []
      for address in again { refuse(address, log) }
      if events.isEmpty { return children }
      for event in events {
        switch event {
        case .fault(let address): refuse(address, log)
        case .fork(let descriptor):
          let subject = "a child of \(faults.subject)"
          children.append(LostTask(UserFaults(adopting: OwnedFD(adopting: descriptor), subject: subject)))
        case .moved(let from, _, let byteCount): faults.wake(from..<(from + byteCount))
        case .removed(let range): faults.unregister(range)
        case .unmapped(let range): faults.wake(range)
        }
      }
    }
    isGone = true
    return children
  }

  private func refuse(_ address: UInt64, _ log: Log) {
    let page = address..<(address + UInt64(pageSize))
    switch faults.poison(page).errno {
    case .tryAgain?: return deferred.append(address)
    case .exists?, .noEntry?: return faults.wake(page)
    case .noProcess?: isGone = true
    case let errno:
      // Where the kernel cannot (before 6.6), it waits for ever: no error is worse than wrong memory.
      log.error(
        Failure(
          "serve the page", "0x\(String(address, radix: 16)) of \(faults.subject)", errno ?? .inputOutput,
          remedy: errno == nil
            ? "criu lazy-pages was lost, and the program ended with SIGBUS: restore it again."
            : "criu lazy-pages was lost, and the program waits: end it, and restore it again."))
    }
  }
}
