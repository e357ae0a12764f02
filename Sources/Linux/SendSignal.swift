internal import CLinux
internal import Glibc


/// Signals that the engine itself sends or expects.
public enum Signal {
  public static let abort = SIGABRT
  public static let trap = SIGTRAP
  public static let kill = SIGKILL
  public static let stop = SIGSTOP
  public static let proceed = SIGCONT
}

/// Sends a signal to a process (kill(2)).
///
/// - Returns: `nil`, or `ESRCH` it has ended and was waited for, `EPERM` we may not.
@discardableResult
public func sendSignal(_ signal: Int32, to pid: Int32) -> Errno? {
  Errno(result: systemCall(.kill, Int(pid), Int(signal)))
}
