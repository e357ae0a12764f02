internal import CLinux
internal import Glibc

/// Turns this process, a clone of another, into one that outlives it: a session of its own, deaf to what a terminal or
/// an administrator sends to end a command.
///
/// - Parameter kept: The only descriptors that stay open; `nil` for one that shares its maker's table of them.
public func becomeWatcher(name: String, keeping kept: [CInt]? = nil) throws(Failure) {
  try check("start a session", "this process", remedy: "Report this: a new process leads no group.") {
    systemCall(SystemCall(SYS_setsid))
  }
  for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGALRM] {
    Glibc.signal(signal, SIG_IGN)
  }
  setOwnName(name)  // for ps(1) alone
  guard let kept else { return }
  var first: UInt32 = 0
  for descriptor in Set(kept.filter { $0 >= 0 }.map { UInt32($0) }).sorted() {
    if descriptor > first { try closeDescriptors(first...(descriptor - 1)) }
    first = descriptor + 1
  }
  try closeDescriptors(first...UInt32.max)
}

/// Has this process run before all ordinary ones, and not be interrupted by them (sched(7), SCHED_FIFO), where that is
/// allowed.
public func runBeforeOthers() {
  var parameters = sched_param()
  parameters.sched_priority = 1
  _ = sched_setscheduler(0, SCHED_FIFO, &parameters)
}

/// Waits until a process has ended and let go of all that it traced (poll(2) of a pidfd).
public func awaitEnd(of process: borrowing OwnedFD, _ subject: @autoclosure () -> String) throws(Failure) {
  try process.withRaw { (raw) throws(Failure) in
    var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
    try check("wait for the process", subject(), remedy: "Report this kernel: pidfds cannot be polled.") {
      withUnsafeMutablePointer(to: &entry) {
        systemCall(SystemCall(SYS_poll), Int(bitPattern: $0), 1, -1)
      }
    }
  }
}

/// Waits a while, without a signal or a descriptor (nanosleep(2)).
public func pause(for duration: Duration) {
  let (seconds, attoseconds) = duration.components
  var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  nanosleep(&time, nil)
}
