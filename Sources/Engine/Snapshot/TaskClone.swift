internal import CParasite
internal import Linux
internal import Streams

/// A copy of a frozen task, made by the task itself, that only holds memory (clone.c).
final class TaskClone {
  enum Purpose {
    /// The memory as it is now, while the task runs on. It ends when we do, and first when the kernel runs out of memory.
    case snapshot
    /// The memory itself, when the task has ended. It ends when it is told to.
    case keeper
  }

  let task: FrozenTask
  /// As we see it.
  let pid: Int32
  private let reaping: CloneReaping
  private let journal: any Journal
  private var entry: Int?

  private let purpose: Purpose

  private init(of task: FrozenTask, _ purpose: Purpose, number: Int32, journal: any Journal) throws(Failure) {
    self.task = task
    self.purpose = purpose
    self.journal = journal
    let pid = try TaskClone.pid(of: number, madeBy: task)
    let startTime = try ProcStat(pid: pid).startTime
    self.pid = pid
    reaping = CloneReaping(task: task.pid, clone: pid, startTime: startTime, number: number)
    entry = try journal.enter(.taskCloned(task: task.pid, clone: pid, startTime: startTime, number: number))
  }

  /// Has tasks clone themselves, side by side; their parasites are in them.
  ///
  /// - Returns: Those that were made; a task that cannot have one runs into its limits, and the log says so.
  static func make(
    of tasks: [FrozenTask], for purpose: Purpose = .snapshot, journal: any Journal, log: Log
  ) throws(Failure) -> [TaskClone] {
    for task in tasks {
      let parasite = task.parasite!
      parasite.header.pointee.clone_is_filtered = task.threads[0].status.seccompMode != 0 ? 1 : 0
      parasite.header.pointee.clone_keeps = purpose == .keeper ? 1 : 0
      if purpose == .keeper {
        withUnsafeMutableBytes(of: &parasite.header.pointee.clone_name) { $0.copyBytes(from: "criu-keeper".utf8) }
      }
      try parasite.start(PARASITE_COMMAND_CLONE.rawValue, on: [(task.threads[0], nil)])
    }
    var clones: [TaskClone] = []
    for task in tasks {
      let result = try task.parasite!.finish(task.threads[0])
      if let errno = Errno(result: result) {
        log.warning("\(task.subject) cannot be cloned, so that its memory is written while it is stopped: \(errno)")
        continue
      }
      let clone = try TaskClone(of: task, purpose, number: Int32(result), journal: journal)
      clones.append(clone)
      try clone.trace(log)
    }
    for clone in clones { try clone.awaitReady() }
    return clones
  }

  /// What a pid of the task's namespace is in ours.
  private static func pid(of number: Int32, madeBy task: FrozenTask) throws(Failure) -> Int32 {
    if task.threads[0].status.namespacePids.count == 1 { return number }
    for pid in try children(of: task.pid, thread: task.pid).reversed()
    where try ProcStatus(pid: pid).namespacePids.last == number { return pid }
    throw Failure(
      "find the clone", "\(number), of \(task.subject)", .noProcess, remedy: "It was killed during the dump: start again.")
  }

  private func trace(_ log: Log) throws(Failure) {
    var options: Tracee.Options = .markSystemCalls
    if purpose == .snapshot { options.insert(.killOnExit) }
    let isFiltered = task.threads[0].status.seccompMode != 0
    if isFiltered { options.insert(.suspendSeccomp) }
    if let errno = Tracee(tid: pid).seize(options) {
      throw Failure("trace the clone", subject, errno, remedy: "Run as root, or with CAP_SYS_PTRACE and CAP_SYS_ADMIN.")
    }
    let parasite = task.parasite!
    // From here on the journal has it.
    parasite.header.pointee.clone = 0
    futexStore(parasite.headerWord(\.clone_is_traced), 1)
    futexWakeAll(parasite.headerWord(\.clone_is_traced))
    guard purpose == .snapshot else { return }
    do throws(Failure) {
      try writeText("1000", to: "/proc/\(pid)/oom_score_adj", "have the kernel end the clone first", remedy: "")
    } catch {
      log.warning(error.summary)
    }
  }

  /// Waits until it has let go of what it has of the task.
  private func awaitReady() throws(Failure) {
    let stage = task.parasite!.headerWord(\.clone_stage)
    let deadline = Deadline(after: .seconds(10))
    while true {
      let now = futexLoad(stage)
      if now == PARASITE_CLONE_READY { return }
      if now != PARASITE_CLONE_BORN { throw failure(Errno(result: Int(Int32(bitPattern: now))) ?? .inputOutput) }
      futexLook(at: stage, whileIts: now)
      futexWait(stage, expected: now, timeout: .milliseconds(20))
      if futexLoad(stage) != now { continue }
      if case .ended? = try Tracee(tid: pid).waitNow() { throw failure(.noProcess) }
      if deadline.hasPassed { throw failure(.timedOut) }
    }
  }

  private func failure(_ errno: Errno) -> Failure {
    Failure(
      "prepare the clone", subject, errno,
      remedy: purpose == .snapshot ? "Dump without --snapshot." : "The program goes on where it was: start again.")
  }

  var subject: String { "pid \(pid), of \(task.subject)" }

  /// - Returns: False when something ends it or has: the kernel for lack of memory, or somebody.
  func isAlive() -> Bool {
    do throws(Failure) { return try !ProcStat(pid: pid).ends } catch { return false }
  }

  /// Ends it while the task stands as when it was made, with its parasite in it. Once.
  func undo(log: Log) throws(Failure) {
    guard let entry else { return }
    try reaping.run(through: task, log: log)
    journal.strike(entry)
    self.entry = nil
  }

  /// Nobody but our caller ends it from here on. The task is about to end.
  func outliveUs() {
    if let entry { journal.strike(entry) }
    entry = nil
  }

  /// Ends what has outlived its task.
  func endOrphan() throws(Failure) { try reaping.end() }

  /// Ends it. The task waits for it. Once.
  func end(_ sequences: CodeSequences, held: HeldTask?, log: Log) throws(Failure) {
    guard let entry else { return }
    try reaping.run(sequences, held: held, log: log)
    journal.strike(entry)
    self.entry = nil
  }
}
