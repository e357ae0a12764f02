/// Why wait4(2) reports a traced thread (ptrace(2), "Stopped tracees").
public enum TraceStop: Hashable, Sendable {
  /// It has ended; the status has the form of wait(2).
  case ended(status: Int32)
  /// By PTRACE_INTERRUPT, or a trap that the kernel repeats after SIGCONT.
  case interrupted
  /// In a group stop by this signal.
  case groupStopped(signal: Int32)
  /// At a system call's entry or exit.
  case systemCall
  /// About to receive this signal.
  case signal(Int32)
  /// Another PTRACE_EVENT_.
  case event(Int32)

  private static let eventStop: Int32 = 128

  init(status: Int32) {
    guard status & 0xff == 0x7f else {
      self = .ended(status: status)
      return
    }
    let signal = (status >> 8) & 0xff
    let event = status >> 16
    if event == TraceStop.eventStop {
      self = signal == 5 ? .interrupted : .groupStopped(signal: signal)
    } else if event != 0 {
      self = .event(event)
    } else if signal == 0x85 {  // SIGTRAP | 0x80, by PTRACE_O_TRACESYSGOOD
      self = .systemCall
    } else {
      self = .signal(signal)
    }
  }
}
