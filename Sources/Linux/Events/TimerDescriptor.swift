internal import CLinux
internal import Glibc

/// A point on a clock, or a span of its time.
public struct ClockReading: Hashable, Sendable {
  public let seconds: UInt64
  /// Below one second.
  public let nanoseconds: UInt64

  public init(seconds: UInt64, nanoseconds: UInt64) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static let zero = ClockReading(seconds: 0, nanoseconds: 0)

  public static func + (a: ClockReading, b: ClockReading) -> ClockReading {
    let nanoseconds = a.nanoseconds &+ b.nanoseconds
    return ClockReading(
      seconds: a.seconds &+ b.seconds &+ nanoseconds / 1_000_000_000, nanoseconds: nanoseconds % 1_000_000_000)
  }

  /// clock_gettime(2).
  ///
  /// - Throws: `EINVAL` no such clock.
  public static func now(clock: Int32) throws(Failure) -> ClockReading {
    var time = timespec()
    try check("read the clock", "clock \(clock)", remedy: "Restore on a kernel that has this clock.") {
      withUnsafeMutableBytes(of: &time) {
        systemCall(SystemCall(SYS_clock_gettime), Int(clock), Int(bitPattern: $0.baseAddress))
      }
    }
    return ClockReading(seconds: UInt64(time.tv_sec), nanoseconds: UInt64(time.tv_nsec))
  }
}

/// When a timer runs out, and how often after that; an interval of zero is once.
public struct TimerSetting: Hashable, Sendable {
  public let value: ClockReading
  public let interval: ClockReading

  public init(value: ClockReading, interval: ClockReading) {
    self.value = value
    self.interval = interval
  }
}

/// timerfd_create(2), disarmed.
///
/// - Throws: `EPERM` an alarm clock without CAP_WAKE_ALARM.
public func makeTimerfd(clock: Int32) throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check(
        "make the timerfd", "of clock \(clock)",
        remedy: "Raise the limit of open files (ulimit -n); the clocks of alarms need CAP_WAKE_ALARM."
      ) { systemCall(SystemCall(SYS_timerfd_create), Int(clock), 0) }))
}

extension BorrowedFD {
  /// timerfd_settime(2).
  ///
  /// - Parameter flags: TFD_TIMER_ABSTIME 1, TFD_TIMER_CANCEL_ON_SET 2.
  public func setTimer(_ setting: TimerSetting, flags: UInt32) throws(Failure) {
    var raw = cl_timer_setting(
      interval_seconds: Int64(bitPattern: setting.interval.seconds),
      interval_nanoseconds: Int64(bitPattern: setting.interval.nanoseconds),
      value_seconds: Int64(bitPattern: setting.value.seconds),
      value_nanoseconds: Int64(bitPattern: setting.value.nanoseconds))
    try check("arm the timerfd", "descriptor \(self.raw)", remedy: "The image is damaged: dump again.") {
      withUnsafeMutableBytes(of: &raw) {
        systemCall(SystemCall(SYS_timerfd_settime), Int(self.raw), Int(flags), Int(bitPattern: $0.baseAddress), 0)
      }
    }
  }

  /// timerfd_gettime(2), for what it does besides: a periodic timer that ran out and was not read is brought up to now,
  /// so that fdinfo then tells all its ticks and the time left of the running period.
  public func catchUpTimer() throws(Failure) {
    var setting = cl_timer_setting()
    try check("read the timerfd", "descriptor \(raw)", remedy: "Report this with the version of the kernel.") {
      withUnsafeMutableBytes(of: &setting) {
        systemCall(SystemCall(SYS_timerfd_gettime), Int(raw), Int(bitPattern: $0.baseAddress))
      }
    }
  }

  /// How often a timerfd ran out since it was last read (TFD_IOC_SET_TICKS).
  public func setTimerTicks(_ ticks: UInt64) throws(Failure) {
    var ticks = ticks
    try check(
      "set the ticks of the timerfd", "\(ticks) ticks",
      remedy: "The kernel must have checkpoint support (CONFIG_CHECKPOINT_RESTORE)."
    ) {
      withUnsafeMutableBytes(of: &ticks) {
        systemCall(SystemCall(SYS_ioctl), Int(raw), Int(CL_TFD_IOC_SET_TICKS), Int(bitPattern: $0.baseAddress))
      }
    }
  }
}
