internal import CZstd
internal import Linux

/// Makes frames on several processors at once, and hands them back in the order in which they came.
///
/// Each lane is a context of libzstd with one worker thread: a whole frame is given to it at once, and what comes out
/// is taken when its turn comes, or when all lanes are busy. So memory is bounded: about 7 MiB a lane. Threads exist from
/// the first frame to `end()`; nothing may be cloned from this process in between, and nothing is: the guardian starts
/// before, and programs are started by posix_spawn(3).
final class FrameCompressor: RemembersFailure {
  /// Beyond this the pipe that pages come from is what limits.
  private static let largestLaneCount = 8
  /// Levels from here on are slow on bytes that do not shrink (1 to 4 pass over those at 2.4 GB/s and more), so that
  /// a sample is worth its time.
  private static let firstSampledLevel = 5
  /// Copies literals without a look at them.
  private static let storingLevel: CInt = -1000

  private let level: CInt
  private let owner = currentPid()
  private var lanes: [FrameLane] = []
  /// Lanes at work, the oldest first.
  private var busy: [FrameLane] = []
  private var free: [FrameLane] = []
  private var sampler: FrameLane?
  var failure: Failure?

  init(level: Int) { self.level = CInt(level) }

  deinit { end() }

  /// Begins a frame of the first `byteCount` bytes of `buffer`, and gives another buffer in its place.
  func submit(_ buffer: inout FrameBuffer, byteCount: Int, for stream: ZstdStream) throws(Failure) {
    try remember { () throws(Failure) in
      let lane = try freeLane()
      swap(&lane.input, &buffer)
      busy.append(lane)
      let level = try hasGain(lane.input, byteCount) ? self.level : FrameCompressor.storingLevel
      try lane.begin(byteCount: byteCount, level: level, for: stream)
    }
  }

  /// Takes what is ready or under way of a stream, and what came before that.
  func finish(_ stream: ZstdStream) throws(Failure) {
    try remember { () throws(Failure) in
      while busy.contains(where: { $0.stream === stream }) { try collect() }
    }
  }

  /// Ends the threads. What is under way is lost.
  func end() {
    // In a process cloned from ours there are no threads to wait for.
    if currentPid() == owner { for lane in lanes { lane.end() } }
    sampler?.end()
    lanes = []
    busy = []
    free = []
    sampler = nil
  }

  private func freeLane() throws(Failure) -> FrameLane {
    if let lane = free.popLast() { return lane }
    if lanes.count < min(processorCount() + 1, FrameCompressor.largestLaneCount) {
      let lane = try FrameLane(workerCount: 1)
      lanes.append(lane)
      return lane
    }
    try collect()
    return free.removeLast()
  }

  /// Waits for the oldest frame and gives it to its stream.
  private func collect() throws(Failure) {
    let lane = busy.removeFirst()
    let stream = lane.stream
    let byteCount = lane.byteCount
    let frame = try lane.finish()
    free.append(lane)
    // Of a stream that was dropped: the image was never there.
    try stream?.take(frame, byteCount: byteCount)
  }

  private func hasGain(_ buffer: borrowing FrameBuffer, _ byteCount: Int) throws(Failure) -> Bool {
    guard level >= FrameCompressor.firstSampledLevel, byteCount == ZstdFormat.frameByteCount else { return true }
    let sampler = if let sampler { sampler } else { try FrameLane(workerCount: 0) }
    self.sampler = sampler
    return try sampler.shrinksSample(of: UnsafeRawBufferPointer(rebasing: buffer.bytes[..<byteCount]))
  }
}

/// Room for one frame's bytes.
struct FrameBuffer: ~Copyable {
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: ZstdFormat.frameByteCount, alignment: 4096)

  deinit { bytes.deallocate() }
}
