internal import CLinux
internal import Glibc

/// A clock of clock_gettime(2) that a time namespace may shift.
public enum ShiftableClock: Sendable {
  case monotonic
  case boot
}

/// What `clock` shows now: seconds, and nanoseconds below one second.
public func time(of clock: ShiftableClock) -> (seconds: Int, nanoseconds: Int) {
  var now = timespec()
  _ = clock_gettime(clock == .monotonic ? CLOCK_MONOTONIC : CLOCK_BOOTTIME, &now)  // these clocks always exist
  return (now.tv_sec, now.tv_nsec)
}

/// Random bytes of the kernel (getrandom(2)).
public func randomBytes(_ byteCount: Int) throws(Failure) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: byteCount)
  try check("get random bytes", "getrandom", remedy: "The kernel must have getrandom(2).") {
    bytes.withUnsafeMutableBytes {
      systemCall(SystemCall(SYS_getrandom), Int(bitPattern: $0.baseAddress), $0.count, 0)
    }
  }
  return bytes
}
