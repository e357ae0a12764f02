internal import CLinux

/// A network namespace (network_namespaces(7)), by the number that the kernel gave it.
public struct NetworkNamespace: Hashable, Sendable {
  /// In the file system of namespaces (ioctl_ns(2)).
  public let inode: UInt64

  public init(inode: UInt64) { self.inode = inode }

  /// That of a process.
  ///
  /// - Throws: `ESRCH` it is gone, `EACCES` it is not ours to look at.
  public init(of pid: Int32) throws(Failure) { try self.init(task: "/proc/\(pid)") }

  /// That of this thread.
  public static func own() throws(Failure) -> NetworkNamespace { try NetworkNamespace(task: "/proc/thread-self") }

  /// The link's text: to follow it would make an inode for a namespace that nobody has open.
  private init(task: String) throws(Failure) {
    let link = try readLink("\(task)/ns/net")
    guard link.hasPrefix("net:["), link.hasSuffix("]"), let inode = UInt64(link.dropFirst(5).dropLast()) else {
      throw Failure(
        "find the network namespace", "\(task): \(link)", .badMessage,
        remedy: "This kernel names it in an unknown form: report it.")
    }
    self.inode = inode
  }

  /// Runs `body` with this thread in the namespace, and comes back.
  ///
  /// - Throws: `ENOENT` no process is in it, and it has no name, `EPERM` without CAP_SYS_ADMIN in it and here.
  public func run<R>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
    if try NetworkNamespace.own() == self { return try body() }
    let subject = "net:[\(inode)]"
    let own = try FilePath("/proc/thread-self/ns/net").open(flags: CL_O_RDONLY, remedy: "See that /proc is mounted.")
    let theirs = try open(subject)
    try theirs.borrowed().enter(.net, subject)
    let result = Result { () throws(Failure) in try body() }
    try own.borrowed().enter(.net, "our own")
    return try result.get()
  }

  private func open(_ subject: String) throws(Failure) -> OwnedFD {
    for path in try candidates() {
      // Who ends meanwhile, or is not ours to look at, is not the one that is looked for.
      guard let status = try? path.status(following: true), status.inode == inode else { continue }
      return try path.open(flags: CL_O_RDONLY, remedy: "Run with CAP_SYS_PTRACE.")
    }
    throw Failure(
      "find the network namespace", subject, .noEntry,
      remedy: "No process is in it any more: if something else keeps it, undo there by hand what was to be undone.")
  }

  /// Names that ip-netns(8) gave, and the processes that we see.
  private func candidates() throws(Failure) -> [FilePath] {
    let named: FilePath = "/run/netns"
    let remedy = "Run as root, with /proc mounted."
    let names = try named.status() == nil ? [] : named.names(remedy: remedy).map { FilePath("/run/netns/".utf8 + $0) }
    return try names
      + FilePath("/proc").names(remedy: remedy).filter { $0.allSatisfy { (0x30...0x39).contains($0) } }
      .map { FilePath("/proc/".utf8 + $0 + "/ns/net".utf8) }
  }
}
