internal import CLinux
internal import Glibc

/// CLOCK_MONOTONIC in microseconds (clock_gettime(2)).
public func monotonicMicroseconds() -> Int {
  var now = timespec()
  _ = clock_gettime(CLOCK_MONOTONIC, &now)  // it cannot fail for this clock
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
