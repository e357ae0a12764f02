internal import Images
internal import Linux

/// The seccomp filters of a tree (seccomp.img): a chain for each set of filters that some thread has.
struct SeccompChains {
  private(set) var record = SeccompEntry()
  private var known: [[SeccompProgram]: UInt32] = [:]

  /// Of a stopped thread in filter mode.
  ///
  /// - Returns: The index of its oldest filter, where a restore begins.
  mutating func add(_ thread: FrozenThread) throws(Failure) -> UInt32? {
    guard thread.status.seccompMode == SeccompMode.filter.rawValue else { return nil }
    return add(try thread.tracee.seccompPrograms())
  }

  /// Newest first, as CRIU has them; each names the next newer one.
  ///
  /// - Parameter programs: Oldest first.
  mutating func add(_ programs: [SeccompProgram]) -> UInt32? {
    if programs.isEmpty { return nil }
    if let index = known[programs] { return index }
    let base = UInt32(record.seccompFilters.count)
    for (offset, program) in programs.reversed().enumerated() {
      record.seccompFilters.append(
        SeccompFilter {
          $0.filter = program.instructions
          $0.prev = offset == 0 ? nil : base + UInt32(offset) - 1
          $0.flags = program.flags
        })
    }
    let oldest = base + UInt32(programs.count) - 1
    known[programs] = oldest
    return oldest
  }

  // MARK: Restore

  /// The filters that a thread installs, oldest first.
  ///
  /// A leader whose filters have the flag TSYNC speaks for all its threads, which the images then show without any.
  static func programs(
    of thread: ThreadPlan, in task: TaskPlan, _ record: SeccompEntry
  ) throws(Failure) -> [SeccompProgram] {
    let own = thread.core.threadCore
    if own?.seccompMode == .filter {
      return try chain(from: own?.seccompFilter, record, subject: "thread \(thread.tid) of \(task.subject)")
    }
    guard own?.seccompMode != .strict, let leader = task.threads.first?.core.threadCore, leader.seccompMode == .filter
    else { return [] }
    let shared = try chain(from: leader.seccompFilter, record, subject: task.subject)
    return shared.contains { $0.flags & synchronizes != 0 } ? shared : []
  }

  private static func chain(
    from oldest: UInt32?, _ record: SeccompEntry, subject: String
  ) throws(Failure) -> [SeccompProgram] {
    var programs: [SeccompProgram] = []
    var next = oldest
    repeat {
      guard let index = next, index < record.seccompFilters.count, programs.count < record.seccompFilters.count else {
        throw damaged(subject)
      }
      let filter = record.seccompFilters[Int(index)]
      guard !filter.filter.isEmpty, filter.filter.count % 8 == 0, filter.filter.count / 8 <= maximumCount else {
        throw damaged(subject)
      }
      programs.append(SeccompProgram(instructions: filter.filter, flags: filter.flags ?? 0))
      next = filter.prev
    } while next != nil
    return programs
  }

  private static func damaged(_ subject: String) -> Failure {
    Failure(
      "read the seccomp filters", subject, .badMessage, remedy: "seccomp.img is damaged: use another copy of the set.")
  }

  /// SECCOMP_FILTER_FLAG_TSYNC.
  static let synchronizes: UInt32 = 1
  private static let maximumCount = 4096  // BPF_MAXINSNS
}
