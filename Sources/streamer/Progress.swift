internal import Linux
internal import Sinks

/// Lines for whoever drives the streamer. What cannot be written is lost: nothing depends on it here.
final class Progress {
  private let descriptor: CInt
  private var began = monotonicMicroseconds()

  init(_ descriptor: CInt) { self.descriptor = descriptor }

  func tell(_ line: String) {
    do throws(Failure) { try writeText(line + "\n", to: descriptor) } catch {}
  }

  /// From here on the transfer is timed.
  func start() { began = monotonicMicroseconds() }

  /// `{"shards":[{"size":N,"transfer_duration_millis":M},...]}`, in the order of the command line.
  func tellStatistics(_ shards: [Shard]) {
    let now = monotonicMicroseconds()
    let items = shards.map {
      "{\"size\":\($0.byteCount),\"transfer_duration_millis\":\((($0.endMicroseconds ?? now) - began) / 1000)}"
    }
    tell("{\"shards\":[\(items.joined(separator: ","))]}")
  }
}
