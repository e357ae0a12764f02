internal import Images
internal import Linux

/// The seccomp filters of a tree (seccomp.img): a chain for each set of filters that some thread has.
struct SeccompChains {
  private(set) var record = SeccompEntry()
  private var known: [[SeccompProgram]: UInt32] = [:]

  /// Of a stopped task.
  ///
  /// When all threads have the same filters, the leader speaks for them: its filters get the flag TSYNC, and the other
  /// threads are shown without any. So they share them again, and the program may go on adding filters to all at once.
  ///
  /// - Returns: For each thread the index of its oldest filter, where a restore begins.
  mutating func add(_ task: FrozenTask) throws(Failure) -> [UInt32?] {
    var programs: [[SeccompProgram]] = []
    for thread in task.threads {
      let isFiltered = thread.status.seccompMode == SeccompMode.filter.rawValue
      programs.append(isFiltered ? try thread.tracee.seccompPrograms() : [])
    }
    return add(threads: programs)
  }

  /// - Parameter threads: The filters of each thread of a task, oldest first.
  mutating func add(threads: [[SeccompProgram]]) -> [UInt32?] {
    guard let leader = threads.first, !leader.isEmpty, threads.allSatisfy({ $0 == leader }) else {
      return threads.map { add($0) }
    }
    let shared = leader.map { program in
      var program = program
      program.flags |= SeccompChains.synchronizes
      return program
    }
    return [add(shared)] + [UInt32?](repeating: nil, count: threads.count - 1)
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

  /// What is installed in a task: the leader's oldest filters that all threads have, for all of them at once (TSYNC), so
  /// that they share them; then each thread's others. All oldest first.
  static func installation(
    in task: TaskPlan, _ record: SeccompEntry
  ) throws(Failure) -> (common: [SeccompProgram], others: [[SeccompProgram]]) {
    var all: [[SeccompProgram]] = []
    for thread in task.threads { all.append(try programs(of: thread, in: task, record)) }
    guard all.count > 1, var common = all.first else { return ([], all) }
    for programs in all { common = Array(zip(common, programs).prefix { $0 == $1 }.map(\.0)) }
    return (common, all.map { Array($0.dropFirst(common.count)) })
  }

  /// The filters that a thread has, oldest first.
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
