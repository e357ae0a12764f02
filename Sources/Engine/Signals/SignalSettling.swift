internal import CParasite
internal import Linux

/// Timers run on while a task is frozen. A queue is read before the timers and again when the task is about to go: what
/// came in between belongs to the image, but for signals of timers that the image shows as still to come.
enum SignalSettling {
  /// - Parameters:
  ///   - first, later: siginfo_t of 128 bytes each, oldest first.
  ///   - inside: The timers, read in between.
  static func settle(first: [[UInt8]], later: [[UInt8]], _ inside: TaskStateReading) -> [[UInt8]] {
    var old = first
    return later.filter { signal in
      if let index = old.firstIndex(of: signal) {
        old.remove(at: index)
        return true
      }
      return !isStillToCome(signal, inside)
    }
  }

  private static func isStillToCome(_ signal: [UInt8], _ inside: TaskStateReading) -> Bool {
    let number = signal.number(at: 0, as: Int32.self)
    let code = signal.number(at: 8, as: Int32.self)
    if code == byTimer {
      return inside.timers[signal.number(at: 16, as: Int32.self)].map { isArmed($0.time) } ?? false
    }
    guard code == byKernel else { return false }
    switch number {
    case 14: return isArmed(inside.state.itimers.0)  // SIGALRM
    case 26: return isArmed(inside.state.itimers.1)  // SIGVTALRM
    case 27: return isArmed(inside.state.itimers.2)  // SIGPROF
    default: return false
    }
  }

  private static func isArmed(_ time: state_interval) -> Bool { time.value_seconds != 0 || time.value_units != 0 }

  private static let byTimer: Int32 = -2  // SI_TIMER
  private static let byKernel: Int32 = 0x80  // SI_KERNEL
}

extension TaskReading {
  /// Once nothing of ours runs on the threads any more.
  mutating func settleSignals(of task: FrozenTask, _ inside: TaskStateReading) throws(Failure) {
    pendingSignals = SignalSettling.settle(
      first: pendingSignals, later: try task.threads[0].tracee.pendingSignals(in: .shared), inside)
  }
}

extension ThreadReading {
  /// Once nothing of ours runs on the thread any more.
  mutating func settleSignals(of thread: FrozenThread, _ inside: TaskStateReading) throws(Failure) {
    pendingSignals = SignalSettling.settle(
      first: pendingSignals, later: try thread.tracee.pendingSignals(in: .thread), inside)
  }
}
