internal import Images
internal import Linux
internal import Streams

/// The clocks that a time namespace can shift. A tree without one of its own has image 0.
enum TimeNamespace {
  static func dump(to sink: any ImageSink) throws(Failure) {
    let record = TimensEntry {
      $0.monotonic = entry(.monotonic)
      $0.boottime = entry(.boot)
    }
    try sink.write(records: [record], to: .timens, 0)
  }

  private static func entry(_ clock: ShiftableClock) -> Timespec {
    let now = time(of: clock)
    return Timespec {
      $0.tvSec = UInt64(now.seconds)
      $0.tvNsec = UInt64(now.nanoseconds)
    }
  }
}
