internal import CLinux

/// Which queue of pending signals (sigpending(2) gives their union).
public enum SignalQueue: UInt32, Sendable {
  /// Of one thread.
  case thread = 0
  /// Of the process.
  case shared = 1
}

/// Copies the queue of a stopped thread that we trace (PTRACE_PEEKSIGINFO); the signals stay pending.
///
/// - Returns: siginfo_t of 128 bytes each, oldest first.
public func pendingSignals(in queue: SignalQueue, of tid: Int32) throws(Failure) -> [[UInt8]] {
  var signals: [[UInt8]] = []
  var buffer = [UInt8](repeating: 0, count: batch * siginfoByteCount)
  while true {
    // struct ptrace_peeksiginfo_args: offset u64, flags u32, count i32.
    var request = (UInt64(signals.count), queue.rawValue, Int32(batch))
    let count = try check("read the pending signals", "tid \(tid)", remedy: endedRemedy) {
      buffer.withUnsafeMutableBytes { buffer in
        withUnsafeMutableBytes(of: &request) { request in
          systemCall(
            SystemCall(SYS_ptrace), 0x4209, Int(tid), Int(bitPattern: request.baseAddress),
            Int(bitPattern: buffer.baseAddress))
        }
      }
    }
    for index in 0..<count { signals.append(Array(buffer[index * siginfoByteCount..<(index + 1) * siginfoByteCount])) }
    if count < batch { return signals }
  }
}

/// The blocked signals of a stopped thread that we trace (PTRACE_GETSIGMASK); bit 0 is signal 1.
public func blockedSignals(of tid: Int32) throws(Failure) -> UInt64 {
  var mask: UInt64 = 0
  try check("read the signal mask", "tid \(tid)", remedy: endedRemedy) {
    withUnsafeMutableBytes(of: &mask) {
      systemCall(SystemCall(SYS_ptrace), 0x420a, Int(tid), 8, Int(bitPattern: $0.baseAddress))
    }
  }
  return mask
}

/// Sets the blocked signals of a stopped thread that we trace (PTRACE_SETSIGMASK).
public func setBlockedSignals(of tid: Int32, _ mask: UInt64) throws(Failure) {
  var mask = mask
  try check("set the signal mask", "tid \(tid)", remedy: endedRemedy) {
    withUnsafeMutableBytes(of: &mask) {
      systemCall(SystemCall(SYS_ptrace), 0x420b, Int(tid), 8, Int(bitPattern: $0.baseAddress))
    }
  }
}

private let batch = 16
private let siginfoByteCount = 128
