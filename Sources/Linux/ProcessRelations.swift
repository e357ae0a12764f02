internal import CLinux
internal import Glibc

/// Makes the calling process the leader of a new session and of a new group in it (setsid(2)).
///
/// - Throws: `EPERM` it leads a group already.
public func beginSession() throws(Failure) {
  try check("begin a session", "pid \(currentPid())", remedy: "Report this: a new process leads no group.") {
    systemCall(SystemCall(SYS_setsid))
  }
}

/// Moves the calling process into a process group of its session (setpgid(2)).
///
/// - Parameter group: 0 makes a new one that it leads.
/// - Throws: `EPERM` no such group in this session.
public func joinProcessGroup(_ group: Int32) throws(Failure) {
  try check(
    "join the process group", "\(group), pid \(currentPid())",
    remedy: "Its leader must be in the same session: restore the whole session, or use --shell-job."
  ) { systemCall(SystemCall(SYS_setpgid), 0, Int(group)) }
}

/// The process group of the calling process (getpgid(2)).
public func ownProcessGroup() -> Int32 { Int32(systemCall(SystemCall(SYS_getpgid), 0)) }

/// Has the kernel kill the calling process when the one that made it ends (prctl(2), PR_SET_PDEATHSIG).
public func dieWithParent() { prctl(PR_SET_PDEATHSIG, Int(SIGKILL)) }

/// getppid(2).
public func currentParent() -> Int32 { Int32(truncatingIfNeeded: systemCall(SystemCall(SYS_getppid))) }

/// Whether orphans among our descendants become our children (prctl(2), PR_SET_CHILD_SUBREAPER).
public func adoptOrphans(_ adopts: Bool) { prctl(PR_SET_CHILD_SUBREAPER, adopts ? 1 : 0) }

/// Names the calling thread; 15 bytes at most are kept (prctl(2), PR_SET_NAME).
public func setOwnName(_ name: String) { name.withCString { prctl(PR_SET_NAME, Int(bitPattern: $0)) } }

/// No huge pages for this process and those that it clones (prctl(2), PR_SET_THP_DISABLE).
public func disableHugePages(_ disables: Bool) { prctl(PR_SET_THP_DISABLE, disables ? 1 : 0) }

/// A process whose file gave it capabilities may look at its own /proc again (prctl(2), PR_SET_DUMPABLE). Whoever has
/// fewer capabilities still may not trace it (ptrace(2)).
public func becomeDumpable() { prctl(PR_SET_DUMPABLE, 1) }

/// No core file and no tracing by others from now on (prctl(2), PR_SET_DUMPABLE).
public func becomeUndumpable() { prctl(PR_SET_DUMPABLE, 0) }

// The calls above take any value that they are given here: they cannot fail.
private func prctl(_ option: CInt, _ value: Int) { _ = systemCall(SystemCall(SYS_prctl), Int(option), value) }

/// Blocks all signals of the calling thread; those that come wait (rt_sigprocmask(2)).
///
/// The C library's function would leave out the two signals that it uses itself, 32 and 33, which a task may wait for.
public func blockAllSignals() {
  var all = UInt64.max
  _ = withUnsafePointer(to: &all) {
    systemCall(SystemCall(SYS_rt_sigprocmask), Int(SIG_SETMASK), Int(bitPattern: $0), 0, 8)  // cannot fail
  }
}

/// Gives every signal its default action and lets it through.
public func resetSignals() {
  for signal in 1..<CInt(65) where signal != SIGKILL && signal != SIGSTOP { _ = Glibc.signal(signal, SIG_DFL) }
  var none = sigset_t()
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, nil)
}

/// Runs `body`, during which signals of the calling thread wait. A thread that begins there has them blocked for good.
public func withAllSignalsBlocked<R>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
  var all = sigset_t()
  var before = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_BLOCK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  return try body()
}
