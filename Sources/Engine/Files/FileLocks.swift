internal import Images
internal import Linux
internal import Streams

/// Locks on files, of all tasks. A lock goes with the open file through which it was taken, and is recorded once: POSIX
/// locks for their task, the others for the first task that has the file.
final class FileLocks: KindState {
  private var records: [FileLockEntry] = []
  /// What is recorded.
  private var held: [Holder: Set<FileLock>] = [:]
  private var asked = 0
  private var table: LockTable?

  private struct Holder: Hashable {
    /// The id of the open file.
    var file: UInt32
    /// For POSIX locks, which belong to a task.
    var pid: Int32?
  }

  init() {}

  // MARK: Dump

  /// - Parameter id: Of the open file.
  func note(_ descriptor: Descriptor, at number: CInt, id: UInt32, in dump: FileDump) throws(Failure) {
    guard try mayHold(descriptor, dump.foreseen) else { return }
    let info = try descriptor.info()
    guard info.has("lock:") else { return }
    let lines = info.values(of: "lock:")
    guard dump.options.fileLocks else {
      throw Failure(
        "dump the file lock", "\(descriptor.subject): \(try descriptor.link()): \(lines[0])", .notSupported,
        remedy: "Give --file-locks to the dump and the restore, if no process outside the tree uses the lock.")
    }
    for line in lines {
      guard let lock = FileLock(parsing: line) else {
        throw Failure(
          "read the file lock", "\(descriptor.subject): \(line)", .notSupported,
          remedy: "Have the program let this lock go before the dump.")
      }
      // Copies of a descriptor show the locks of their open file once more.
      let pid = descriptor.task.virtualPid
      let holder = Holder(file: id, pid: lock.kind == .posix ? pid : nil)
      guard held[holder, default: []].insert(lock).inserted else { continue }
      records.append(lock.record(pid: pid, number: number))
    }
  }

  /// Who reads /proc/locks waits for a grace period of the kernel, 5 to 13 ms, unless somebody has read it within the last
  /// one; a descriptor is asked in 8 microseconds.
  private static let askedBeforeTheTable = 500
  private static let gracePeriod = 10_000

  /// Descriptors of a tree from which on it is worth to look ahead.
  static func isWorthLookingAhead(_ descriptorCount: Int) -> Bool { descriptorCount > askedBeforeTheTable / 2 }

  private func mayHold(_ descriptor: Descriptor, _ foreseen: ForeseenFiles) throws(Failure) -> Bool {
    // Their fdinfo is there, which tells what they are.
    if descriptor.status.format == .none { return true }
    if table == nil {
      let isCheap = foreseen.lookedAtLocks.map { monotonicMicroseconds() - $0 < FileLocks.gracePeriod } ?? false
      asked += 1
      guard isCheap || asked > FileLocks.askedBeforeTheTable else { return true }
      table = try LockTable()
    }
    return table!.mayHold(descriptor.status)
  }

  func write(to sink: any ImageSink) throws(Failure) {
    if !records.isEmpty { try sink.write(records: records, to: .filelocks) }
  }

  // MARK: Restore

  /// By the pid of the task that takes them.
  private var locks: [Int32: [(number: CInt, lock: FileLock)]] = [:]

  func load(from source: any ImageSource, plan: FilePlan) throws(Failure) {
    let records = try source.records(of: FileLockEntry.self, in: .filelocks) ?? []
    guard !records.isEmpty else { return }
    guard plan.options.fileLocks else {
      plan.log.warning("the set has \(records.count) file locks, which are left out without --file-locks")
      return
    }
    for record in records {
      guard let lock = FileLock(record) else {
        throw Failure(
          "restore the file lock", "descriptor \(record.fd) of pid \(record.pid), flag \(record.flag)", .notSupported,
          remedy: "Restore without --file-locks, which leaves all locks out.")
      }
      locks[record.pid, default: []].append((record.fd, lock))
    }
  }

  /// Takes the locks of a task, in that task.
  func take(pid: Int32) throws(Failure) {
    for (number, lock) in locks[pid] ?? [] {
      try lock.take(at: BorrowedFD(number), "\(lock.kind) lock at descriptor \(number) of pid \(pid)")
    }
  }
}
