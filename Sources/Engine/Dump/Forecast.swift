internal import Linux

/// What keeps a tree from being dumped, as far as it can be seen while the tree still runs, which is then not stopped.
///
/// The dump itself looks again: what is not there any more, or cannot be read, is left to it.
enum Forecast {
  /// How links in /proc/PID/fd begin for files that no restore can make again.
  private static let hopelessLinks = [
    "anon_inode:[io_uring]", "anon_inode:[perf_event]", "anon_inode:[userfaultfd]", "anon_inode:bpf-map",
    "anon_inode:bpf-prog", "anon_inode:bpf_link", "anon_inode:btf", "anon_inode:kvm-", "anon_inode:[landlock-ruleset]",
    "anon_inode:seccomp notify", "/secretmem",
  ]

  /// - Throws: `EBUSY` a process is traced, `EOPNOTSUPP` it has a file that cannot be saved.
  static func check(root: Int32) throws(Failure) {
    var pids = [root]
    while let pid = pids.popLast() {
      guard let status = ifThere({ () throws(Failure) in try ProcStatus(pid: pid) }) else { continue }
      if status.tracer != 0 { throw Seizure.traced("pid \(pid) (\(status.name))", status) }
      try checkFiles(of: pid, status)
      for tid in ifThere({ () throws(Failure) in try threads(of: pid) }) ?? [] {
        pids += ifThere { () throws(Failure) in try children(of: pid, thread: tid) } ?? []
      }
    }
  }

  private static func checkFiles(of pid: Int32, _ status: ProcStatus) throws(Failure) {
    for number in ifThere({ () throws(Failure) in try descriptorNumbers(of: pid) }) ?? [] {
      guard let link = ifThere({ () throws(Failure) in try readLink("/proc/\(pid)/fd/\(number)") }),
        hopelessLinks.contains(where: link.hasPrefix)
      else { continue }
      throw FileDump.unsaved("pid \(pid) (\(status.name)), descriptor \(number)", link: link)
    }
  }

  private static func ifThere<T>(_ read: () throws(Failure) -> T) -> T? {
    do throws(Failure) { return try read() } catch { return nil }
  }
}
