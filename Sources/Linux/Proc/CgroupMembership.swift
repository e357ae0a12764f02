internal import CLinux
internal import Glibc

/// In which cgroup of one hierarchy a thread is: a line of /proc/PID/cgroup (cgroups(7)).
public struct CgroupMembership: Hashable, Sendable {
  /// "cpu", "cpu,cpuacct", "name=systemd"; empty for version 2.
  public let hierarchy: String
  /// Below the root of the reader's cgroup namespace.
  public let path: FilePath

  public init(hierarchy: String, path: FilePath) {
    self.hierarchy = hierarchy
    self.path = path
  }

  /// - Returns: `nil` for a line of another form.
  public init?(parsing line: ArraySlice<UInt8>) {
    let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    self.init(hierarchy: String(decoding: parts[1], as: UTF8.self), path: FilePath(parts[2]))
  }

  /// Of a thread, in the kernel's order: the newest hierarchy first, version 2 last.
  public static func all(pid: Int32, thread: Int32? = nil) throws(Failure) -> [CgroupMembership] {
    all(in: try text(pid: pid, thread: thread ?? pid))
  }

  /// The lines of all of them: threads in the same cgroups have the same text.
  public static func text(pid: Int32, thread: Int32) throws(Failure) -> [UInt8] {
    try readBytes("/proc/\(pid)/task/\(thread)/cgroup")
  }

  public static func all(in text: [UInt8]) -> [CgroupMembership] {
    text.split(separator: UInt8(ascii: "\n")).compactMap { CgroupMembership(parsing: $0) }
  }

  /// The same as the process itself reads it: below the root of its own cgroup namespace.
  ///
  /// - Throws: `EPERM` without CAP_SYS_ADMIN.
  public static func seenByItself(pid: Int32) throws(Failure) -> [CgroupMembership] {
    let own = try open(namespaceOf: "self")
    let theirs = try open(namespaceOf: "\(pid)")
    try theirs.borrowed().enter(.cgroup, "pid \(pid)")
    let memberships: [CgroupMembership]
    do throws(Failure) {
      memberships = try all(pid: pid)
    } catch {
      try own.borrowed().enter(.cgroup, "our own")
      throw error
    }
    try own.borrowed().enter(.cgroup, "our own")
    return memberships
  }

  private static func open(namespaceOf process: String) throws(Failure) -> OwnedFD {
    try FilePath("/proc/\(process)/ns/cgroup").open(flags: O_RDONLY, remedy: "Run as root.")
  }

  /// Gives this process a cgroup namespace whose roots are the cgroups that it is in now (unshare(2)).
  public static func enterNewNamespace() throws(Failure) {
    try check("make a cgroup namespace", "pid \(currentPid())", remedy: "Run with CAP_SYS_ADMIN.") {
      systemCall(SystemCall(SYS_unshare), newCgroup)
    }
  }

  private static let newCgroup = 0x200_0000  // CLONE_NEWCGROUP
}
