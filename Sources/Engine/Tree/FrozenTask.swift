public import Linux

/// A thread of a frozen task.
public final class FrozenThread {
  /// As we see it.
  public let tid: Int32
  /// As the tree sees it, in its innermost pid namespace.
  public let virtualTid: Int32
  public let status: ProcStatus
  /// Registers and signal mask at the freeze, whatever runs on the thread since.
  public let context: ThreadContext

  public init(tid: Int32, virtualTid: Int32, status: ProcStatus, context: ThreadContext) {
    self.tid = tid
    self.virtualTid = virtualTid
    self.status = status
    self.context = context
  }

  /// It stands before a signal that our own code raised, and will not be given.
  var isHeld = false
  /// Our code changes no vector register (blob.h); a fault may have.
  var hasForeignVectors = false

  var tracee: Tracee { Tracee(tid: tid) }
}

/// A process of the tree, stopped for the dump. Its memory, descriptors and threads do not change while it is frozen.
public final class FrozenTask {
  public enum State: Hashable, Sendable {
    case alive
    /// In a group stop, by this signal.
    case stopped(signal: Int32)
    /// Dead and not waited for; the status has the form of wait(2).
    case zombie(exitStatus: Int32)
  }

  /// As we see it.
  public let pid: Int32
  /// As the tree sees it, in its innermost pid namespace; so are the four ids below.
  public let virtualPid: Int32
  /// 0 for the root.
  public let virtualParent: Int32
  /// As we see it; 0 for the root.
  public let parent: Int32
  public let processGroup: Int32
  public let session: Int32
  /// `comm` of /proc/PID/stat.
  public let command: String
  public let state: State
  /// The leader first; empty for a zombie.
  public let threads: [FrozenThread]
  /// A pidfd: for pidfd_getfd(2) and as proof that the pid was not taken over. Dead tasks have none.
  public let pidFD: OwnedFD?
  /// Signals that came while a thread ran for us: sent again at the thaw.
  var heldSignals: [Int32] = []
  /// What runs in it, until it is cured.
  var parasite: Parasite?

  public init(
    pid: Int32, virtualPid: Int32, parent: Int32, virtualParent: Int32, processGroup: Int32, session: Int32, command: String,
    state: State, threads: [FrozenThread], pidFD: consuming OwnedFD?
  ) {
    self.pid = pid
    self.virtualPid = virtualPid
    self.parent = parent
    self.virtualParent = virtualParent
    self.processGroup = processGroup
    self.session = session
    self.command = command
    self.state = state
    self.threads = threads
    self.pidFD = pidFD
  }

  /// For errors and logs: "pid 4211 (nginx)".
  public var subject: String { "pid \(pid) (\(command))" }
}
