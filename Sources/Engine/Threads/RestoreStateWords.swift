internal import CParasite

/// The words for a state that could not be put back.
///
/// - Parameter item: enum restore_state in the low half, its detail in the high one (state.h).
func restoreStateWords(item: UInt64) -> (attempted: String, subject: String, remedy: String) {
  let detail = UInt32(truncatingIfNeeded: item >> 32)
  let state = restore_state(UInt32(truncatingIfNeeded: item))
  return threadWords(state, detail) ?? taskWords(state, detail) ?? credentialWords(state, detail)
    ?? ("restore the state", "item \(item)", "This is a defect of this program: keep the images and the log.")
}

private typealias Words = (attempted: String, subject: String, remedy: String)

private func threadWords(_ state: restore_state, _ detail: UInt32) -> Words? {
  switch state {
  case RESTORE_STATE_TID_ADDRESS:
    return ("set the address to clear at the end", "a thread", "The kernel refuses no address: keep the log.")
  case RESTORE_STATE_ROBUST_LIST:
    return ("set the robust futex list", "a thread", "Restore on a kernel with robust futexes (CONFIG_FUTEX).")
  case RESTORE_STATE_SCHEDULER:
    return (
      "set the scheduling policy", "policy \(detail)",
      "Run with CAP_SYS_NICE; real-time policies also need a budget of the cgroup (cpu.rt_runtime_us)."
    )
  case RESTORE_STATE_NICE:
    return ("set the nice value", "\(Int32(bitPattern: detail))", "Run with CAP_SYS_NICE, or raise RLIMIT_NICE.")
  case RESTORE_STATE_ALTERNATE_STACK:
    return (
      "set the alternate signal stack", "a thread",
      "This processor's registers need more room on it than the program has: restore on one without AMX."
    )
  case RESTORE_STATE_NAME:
    return ("set the name", "a thread", "The kernel refuses no name: keep the images and the log.")
  case RESTORE_STATE_RSEQ:
    return (
      "register the rseq area", "a thread",
      "Restore on a kernel with rseq(2) whose area is not longer than that of the program's C library."
    )
  case RESTORE_STATE_PRIVATE_SIGNAL:
    return ("queue the pending signal", "signal \(detail)", "Raise the limit of queued signals (ulimit -i).")
  default: return nil
  }
}

private func taskWords(_ state: restore_state, _ detail: UInt32) -> Words? {
  switch state {
  case RESTORE_STATE_LIMIT:
    return (
      "set the resource limit", limitName(detail),
      "Its hard limit is above ours: run with CAP_SYS_RESOURCE, or raise ours first (ulimit -H)."
    )
  case RESTORE_STATE_TIMER:
    return ("create the timer", "timer \(detail)", "The kernel must have its clock, and ids that can be chosen (6.15).")
  case RESTORE_STATE_TIMER_TIME:
    return ("set the timer", "timer \(detail)", "Timers that wake a sleeping machine need CAP_WAKE_ALARM.")
  case RESTORE_STATE_MEMBARRIER:
    return ("register for membarrier(2)", "command \(detail)", "Restore on a kernel that has this command.")
  case RESTORE_STATE_SIGACTION:
    return ("set the signal action", "signal \(detail)", "The kernel refuses none of them: keep the images and the log.")
  case RESTORE_STATE_SHARED_SIGNAL:
    return ("queue the pending signal", "signal \(detail)", "Raise the limit of queued signals (ulimit -i).")
  case RESTORE_STATE_DUMPABLE:
    return ("set the dumpable flag", "prctl(PR_SET_DUMPABLE)", "The kernel refuses none: keep the images and the log.")
  case RESTORE_STATE_SUBREAPER:
    return ("set the child subreaper flag", "prctl(PR_SET_CHILD_SUBREAPER)", "Restore on a kernel from 3.4 on.")
  case RESTORE_STATE_HUGE_PAGES:
    return ("switch huge pages off", "prctl(PR_SET_THP_DISABLE)", "Restore on a kernel from 3.15 on.")
  case RESTORE_STATE_ITIMER:
    return ("set the interval timer", "timer \(detail) of setitimer(2)", "Its value is damaged: use another copy.")
  default: return nil
  }
}

private func credentialWords(_ state: restore_state, _ detail: UInt32) -> Words? {
  switch state {
  case RESTORE_STATE_GROUPS:
    return ("set the supplementary groups", "setgroups(2)", "Run with CAP_SETGID, in a user namespace that allows it.")
  case RESTORE_STATE_SECUREBITS:
    return ("set the securebits", "prctl(PR_SET_SECUREBITS)", "Run with CAP_SETPCAP, and without locked securebits.")
  case RESTORE_STATE_GROUP_IDS:
    return ("set the group ids", "setresgid(2)", "Run with CAP_SETGID, where the ids are mapped.")
  case RESTORE_STATE_USER_IDS:
    return ("set the user ids", "setresuid(2)", "Run with CAP_SETUID and CAP_SETGID, where the ids are mapped.")
  case RESTORE_STATE_INHERITABLE:
    return ("set the inheritable capabilities", "capset(2)", "Run with CAP_SETPCAP.")
  case RESTORE_STATE_AMBIENT:
    return ("set the ambient capability", Capabilities(bits: 1 << UInt64(detail & 63)).description, lacking)
  case RESTORE_STATE_BOUNDING:
    return (
      "drop the capability from the bounding set", Capabilities(bits: 1 << UInt64(detail & 63)).description,
      "Run with CAP_SETPCAP."
    )
  case RESTORE_STATE_CAPABILITIES:
    return ("set the capabilities", "capset(2)", lacking)
  case RESTORE_STATE_SECCOMP:
    return (
      "install the seccomp filter", "filter \(detail)",
      "Run with CAP_SYS_ADMIN, on a kernel with seccomp filters (CONFIG_SECCOMP_FILTER)."
    )
  case RESTORE_STATE_NO_NEW_PRIVILEGES:
    return ("set no_new_privs", "prctl(PR_SET_NO_NEW_PRIVS)", "Restore on a kernel from 3.5 on.")
  case RESTORE_STATE_PARENT_DEATH_SIGNAL:
    return ("set the parent-death signal", "prctl(PR_SET_PDEATHSIG)", "Its number is damaged: use another copy.")
  default: return nil
  }
}

private let lacking = "The program had capabilities that we lack: run with all of root's."

/// By RLIMIT_ number (getrlimit(2)).
func limitName(_ resource: UInt32) -> String {
  let names = [
    "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
    "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
  ]
  return resource < names.count ? "RLIMIT_" + names[Int(resource)] : "limit \(resource)"
}
