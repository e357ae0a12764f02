internal import CLinux

/// Which queue of pending signals (sigpending(2) gives their union).
public enum SignalQueue: UInt32, Sendable {
  /// Of one thread.
  case thread = 0
  /// Of the process.
  case shared = 1
}

extension Tracee {
  /// Copies a queue of the stopped thread or of its process; the signals stay pending (PTRACE_PEEKSIGINFO).
  ///
  /// - Returns: siginfo_t of 128 bytes each, oldest first.
  public func pendingSignals(in queue: SignalQueue) throws(Failure) -> [[UInt8]] {
    let batch = 16
    let siginfoByteCount = 128
    var signals: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: batch * siginfoByteCount)
    while true {
      // struct ptrace_peeksiginfo_args: offset u64, flags u32, count i32.
      var place = (UInt64(signals.count), queue.rawValue, Int32(batch))
      let count = try checked("read the pending signals") {
        buffer.withUnsafeMutableBytes { buffer in
          withUnsafeMutableBytes(of: &place) { place in
            systemCall(
              SystemCall(SYS_ptrace), Tracee.peekSignals, Int(tid), Int(bitPattern: place.baseAddress),
              Int(bitPattern: buffer.baseAddress))
          }
        }
      }
      for index in 0..<count {
        signals.append(Array(buffer[index * siginfoByteCount..<(index + 1) * siginfoByteCount]))
      }
      if count < batch { return signals }
    }
  }

  private static let peekSignals = 0x4209  // PTRACE_PEEKSIGINFO
}
