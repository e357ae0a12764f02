internal import Linux
internal import Streams

/// What keeps a tree from being dumped, as far as it can be seen while the tree still runs, which is then not stopped; and
/// how much there is to do.
///
/// The dump itself looks again: what is not there any more, or cannot be read, is left to it.
struct Forecast {
  private(set) var pids: [Int32] = []
  private(set) var descriptorCount = 0
  /// Descriptors and their links in /proc/PID/fd, by pid.
  private(set) var files: [Int32: [(number: CInt, link: String)]] = [:]
  /// Private memory of the tasks that have little.
  private(set) var heldByteCount = 0
  /// Those that have more.
  private(set) var largeTasks: [PrivateMemory] = []

  /// How links in /proc/PID/fd begin for files that no restore can make again.
  private static let hopelessLinks = [
    "anon_inode:[io_uring]", "anon_inode:[perf_event]", "anon_inode:[userfaultfd]", "anon_inode:bpf-map",
    "anon_inode:bpf-prog", "anon_inode:bpf_link", "anon_inode:btf", "anon_inode:kvm-", "anon_inode:[landlock-ruleset]",
    "anon_inode:seccomp notify", "/secretmem",
  ]

  /// - Throws: `EBUSY` a process is traced, `EOPNOTSUPP` it has a file that cannot be saved.
  init(root: Int32) throws(Failure) {
    try Forecast.walk(root) { (pid, status) throws(Failure) in
      if status.tracer != 0 { throw Seizure.traced("pid \(pid) (\(status.name))", status) }
      try checkFiles(of: pid, status)
      pids.append(pid)
      let task = PrivateMemory(pid: pid, status)
      if task.isLarge { largeTasks.append(task) } else { heldByteCount += task.byteCount }
    }
  }

  private static func walk(
    _ root: Int32, _ body: (Int32, ProcStatus) throws(Failure) -> Void
  ) throws(Failure) {
    var pids = [root]
    while let pid = pids.popLast() {
      guard let status = ifThere({ () throws(Failure) in try ProcStatus(pid: pid) }) else { continue }
      try body(pid, status)
      for tid in ifThere({ () throws(Failure) in try threads(of: pid) }) ?? [] {
        pids += ifThere { () throws(Failure) in try children(of: pid, thread: tid) } ?? []
      }
    }
  }

  private mutating func checkFiles(of pid: Int32, _ status: ProcStatus) throws(Failure) {
    for number in ifThere({ () throws(Failure) in try descriptorNumbers(of: pid) }) ?? [] {
      descriptorCount += 1
      guard let link = ifThere({ () throws(Failure) in try readLink("/proc/\(pid)/fd/\(number)") }) else {
        continue
      }
      files[pid, default: []].append((number, link))
      guard Forecast.hopelessLinks.contains(where: link.hasPrefix) else { continue }
      throw FileDump.unsaved("pid \(pid) (\(status.name)), descriptor \(number)", link: link)
    }
  }

  /// Of a task that runs.
  struct PrivateMemory {
    let pid: Int32
    let pages: PagesID
    let byteCount: Int

    fileprivate init(pid: Int32, _ status: ProcStatus) {
      self.pid = pid
      pages = .task(UInt32(bitPattern: status.namespacePids.last ?? pid))
      byteCount = ifThere { () throws(Failure) in try Forecast.privateByteCount(of: pid) } ?? 0
    }

    fileprivate var isLarge: Bool { byteCount > HeldPages.Room.mostOfOneTask }

    static func ofLargeTasks(root: Int32) throws(Failure) -> [PrivateMemory] {
      var tasks: [PrivateMemory] = []
      try walk(root) { (pid, status) in tasks.append(PrivateMemory(pid: pid, status)) }
      return tasks.filter(\.isLarge)
    }

    /// Tells a sink of the pages that will come in the freeze.
    static func announce(_ tasks: [PrivateMemory], to sink: any ImageSink, log: Log) throws(Failure) {
      try log.phase("prepare pages") { () throws(Failure) in
        for task in tasks { try sink.expectPages(task.pages, byteCount: task.byteCount) }
      }
    }
  }

  /// statm: pages that are there, without those of files and of shared memory (proc_pid_statm(5)).
  static func privateByteCount(of pid: Int32) throws(Failure) -> Int {
    let fields = try readText("/proc/\(pid)/statm").split(separator: " ").compactMap { Int($0) }
    return fields.count > 2 ? max(fields[1] - fields[2], 0) * pageSize : 0
  }
}
