internal import CLinux
internal import Glibc

/// Where a call that makes a process returned.
public enum CloneSide: Sendable {
  case parent(child: Int32)
  case child
}

/// What a new process has in common with its maker from its birth on (clone(2)); no later call can share them.
public struct CloneSharing: OptionSet, Hashable, Sendable {
  public let rawValue: UInt
  public init(rawValue: UInt) { self.rawValue = rawValue }
  /// Root, working directory and umask (CLONE_FS).
  public static let filesystem = CloneSharing(rawValue: UInt(CLONE_FS))
  /// The table of descriptors (CLONE_FILES).
  public static let descriptors = CloneSharing(rawValue: UInt(CLONE_FILES))
}

/// Makes a process, with a pid of the caller's choice (clone3(2), `set_tid`).
///
/// The child is a copy of the caller with only the calling thread: no other may be at work (`SecondThread`). It must never
/// return from the scope that cloned it, and leave by `exitNow(_:)`.
///
/// - Parameters:
///   - pid: In our pid namespace; 0 lets the kernel choose.
///   - asSibling: The child becomes a child of our own parent (CLONE_PARENT).
/// - Throws: `EEXIST` the pid is taken, `EPERM` without CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN, `EAGAIN` limits.
public func cloneProcess(
  pid: Int32 = 0, asSibling: Bool = false, sharing: CloneSharing = []
) throws(Failure) -> CloneSide {
  let flags = (asSibling ? UInt(CLONE_PARENT) : 0) | sharing.rawValue
  let result = cl_clone_process(flags, asSibling ? 0 : SIGCHLD, pid)
  guard let errno = Errno(result: result) else {
    return result == 0 ? .child : .parent(child: Int32(result))
  }
  throw Failure(
    "start the process", pid == 0 ? "with any pid" : "with pid \(pid)", errno,
    remedy: errno == .exists
      ? "Wait until the process that holds this pid ends, or restore in a new pid namespace (criu-ns)."
      : "Run as root or with CAP_CHECKPOINT_RESTORE, and check the limits of processes (ulimit -u, pids cgroup).")
}

/// Ends this process at once (_exit(2)): no atexit handler, no buffer of the parent's is flushed.
public func exitNow(_ status: Int32) -> Never {
  Glibc._exit(status)
}

/// The pid of the calling process; the C library's own is right too, but a clone must not depend on its caches.
public func currentPid() -> Int32 { cl_getpid() }
