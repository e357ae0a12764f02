internal import CLinux
internal import Glibc

/// CLOCK_MONOTONIC in microseconds (clock_gettime(2)).
public func monotonicMicroseconds() -> Int { microseconds(CLOCK_MONOTONIC) }

/// What the calling thread has had of a processor.
func processorMicroseconds() -> Int { microseconds(CLOCK_THREAD_CPUTIME_ID) }

private func microseconds(_ clock: clockid_t) -> Int {
  var now = timespec()
  _ = clock_gettime(clock, &now)  // it cannot fail for these clocks
  return now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}

/// A point in time after which nothing is waited for, on CLOCK_MONOTONIC.
public struct Deadline: Sendable {
  private let microseconds: Int

  public init(after duration: Duration) {
    let (seconds, attoseconds) = duration.components
    microseconds = monotonicMicroseconds() + Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
  }

  public var hasPassed: Bool { remainingMicroseconds == 0 }

  /// 0 once it has passed.
  public var remainingMicroseconds: Int { max(0, microseconds - monotonicMicroseconds()) }

  public var remaining: Duration { .microseconds(remainingMicroseconds) }
}
