internal import CParasite
internal import Linux
internal import Streams

/// A copy of a frozen task, made by the task itself, that only holds memory (clone.c). We trace it, so that it ends when
/// we do, and the kernel ends it first when memory runs out.
final class TaskClone {
  let task: FrozenTask
  /// As we see it.
  let pid: Int32
  private let reaping: CloneReaping
  private let journal: any Journal
  private var entry: Int?

  private init(of task: FrozenTask, number: Int32, journal: any Journal) throws(Failure) {
    self.task = task
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
  static func make(of tasks: [FrozenTask], journal: any Journal, log: Log) throws(Failure) -> [TaskClone] {
    for task in tasks {
      let parasite = task.parasite!
      parasite.header.pointee.clone_is_filtered = task.threads[0].status.seccompMode != 0 ? 1 : 0
      try parasite.start(PARASITE_COMMAND_CLONE.rawValue, on: [(task.threads[0], nil)])
    }
    var clones: [TaskClone] = []
    for task in tasks {
      let result = try task.parasite!.finish(task.threads[0])
      if let errno = Errno(result: result) {
        log.warning("\(task.subject) cannot be cloned, so that its memory is written while it is stopped: \(errno)")
        continue
      }
      let clone = try TaskClone(of: task, number: Int32(result), journal: journal)
      clones.append(clone)
      try clone.trace(log)
    }
    for clone in clones { try clone.awaitReady() }
    return clones
  }

  /// What a pid of the task's namespace is in ours.
  private static func pid(of number: Int32, madeBy task: FrozenTask) throws(Failure) -> Int32 {
    if task.pid == task.virtualPid, try ProcStatus(pid: task.pid).namespacePids.count == 1 { return number }
    for pid in try children(of: task.pid, thread: task.pid).reversed()
    where try ProcStatus(pid: pid).namespacePids.last == number { return pid }
    throw Failure(
      "find the clone", "\(number), of \(task.subject)", .noProcess, remedy: "It was killed during the dump: start again.")
  }

  private func trace(_ log: Log) throws(Failure) {
    var options: Tracee.Options = [.markSystemCalls, .killOnExit]
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
      futexWait(stage, expected: now, timeout: .milliseconds(20))
      if futexLoad(stage) != now { continue }
      if case .ended? = try Tracee(tid: pid).waitNow() { throw failure(.noProcess) }
      if deadline.hasPassed { throw failure(.timedOut) }
    }
  }

  private func failure(_ errno: Errno) -> Failure {
    Failure("prepare the clone", subject, errno, remedy: "Dump without --snapshot.")
  }

  var subject: String { "pid \(pid), of \(task.subject)" }

  /// - Returns: False when something has ended it: the kernel for lack of memory, or somebody.
  func isAlive() -> Bool {
    do throws(Failure) { return try ProcStat(pid: pid).state != "Z" } catch { return false }
  }

  /// Ends it. The task waits for it. Once.
  func end(_ sequences: CodeSequences, held: HeldTask?, log: Log) throws(Failure) {
    guard let entry else { return }
    try reaping.run(sequences, held: held, log: log)
    journal.strike(entry)
    self.entry = nil
  }
}
