internal import CLinux
internal import Glibc

/// Flags of pidfd_open(2), which F_GETFL tells as O_NONBLOCK and O_EXCL.
public enum ProcessDescriptorFlags {
  public static let nonBlocking = FileFlags.nonBlocking
  /// The descriptor is of a thread, not of its process.
  public static let thread = FileFlags.exclusive
}

/// __WALL (wait4(2)): also a process whose end sends no signal.
private let waitForAny = 0x4000_0000

/// pidfd_open(2) with flags.
public func openProcess(_ pid: Int32, flags: UInt32, _ subject: @autoclosure () -> String) throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check("open the process", "pid \(pid), \(subject())", remedy: "Restore on a kernel from 5.10 on.") {
        systemCall(SystemCall(SYS_pidfd_open), Int(pid), Int(flags))
      }))
}

/// Runs `body` with the pid of a process that has ended and that nobody has waited for; afterwards, it is gone. Its end
/// sends no SIGCHLD.
public func withEndedProcess<R>(_ body: (Int32) throws(Failure) -> R) throws(Failure) -> R {
  let pid = Int32(
    try check("start a process", "one that ends at once", remedy: "Check the limits of processes (ulimit -u).") {
      cl_clone_process(0, 0, 0)
    })
  if pid == 0 { exitNow(0) }
  let result = Result { () throws(Failure) in try body(pid) }
  try check("wait for the process", "pid \(pid)", remedy: "Something else reaped this child of ours: stop that.") {
    systemCall(SystemCall(SYS_wait4), Int(pid), 0, waitForAny)
  }
  return try result.get()
}
