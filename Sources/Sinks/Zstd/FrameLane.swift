internal import CZstd
internal import Linux

/// One context of libzstd, and the frame that it works on.
final class FrameLane {
  var input = FrameBuffer()
  private(set) var byteCount = 0
  private(set) weak var stream: ZstdStream?

  private let context: OpaquePointer
  private let output: UnsafeMutableRawBufferPointer
  private var pending = ZSTD_inBuffer()
  private var hasBegun = false
  private var hasEnded = false

  /// - Parameter workerCount: 0 works in the calling thread.
  init(workerCount: CInt) throws(Failure) {
    guard let context = ZSTD_createCCtx() else {
      throw Failure("compress", "a frame", .noMemory, remedy: "Free memory, or dump without --zstd.")
    }
    self.context = context
    output = .allocate(byteCount: ZSTD_compressBound(ZstdFormat.frameByteCount), alignment: 4096)
    try set(ZSTD_c_checksumFlag, 1)
    guard workerCount > 0 else { return }
    try set(ZSTD_c_nbWorkers, workerCount)
    // Else it keeps room for jobs of several MiB.
    try set(ZSTD_c_jobSize, CInt(ZstdFormat.frameByteCount))
  }

  deinit { output.deallocate() }

  /// Frees the context, and waits for its thread. Not in a process cloned from ours.
  func end() {
    guard !hasEnded else { return }
    hasEnded = true
    _ = ZSTD_freeCCtx(context)
  }

  /// Hands the first `byteCount` bytes of `input` to the worker.
  func begin(byteCount: Int, level: CInt, for stream: ZstdStream) throws(Failure) {
    self.byteCount = byteCount
    self.stream = stream
    try set(ZSTD_c_compressionLevel, level)
    pending = ZSTD_inBuffer(src: UnsafeRawPointer(input.bytes.baseAddress), size: byteCount, pos: 0)
    var nothing = ZSTD_outBuffer(dst: output.baseAddress, size: 0, pos: 0)
    if hasBegun {
      _ = try advance(&nothing)
    } else {
      // The thread that begins here takes no signal that is meant for us.
      hasBegun = true
      _ = try withAllSignalsBlocked { () throws(Failure) in try advance(&nothing) }
    }
  }

  /// Waits for the frame. It is valid until the next `begin`.
  func finish() throws(Failure) -> UnsafeRawBufferPointer {
    var made = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    while try advance(&made) > 0 {
      guard made.pos < made.size else { throw broken("a frame larger than its bound") }
    }
    return UnsafeRawBufferPointer(rebasing: output[..<made.pos])
  }

  /// Whether pieces from all over `bytes` shrink by a sixteenth or more.
  func shrinksSample(of bytes: UnsafeRawBufferPointer) throws(Failure) -> Bool {
    try set(ZSTD_c_compressionLevel, 1)
    let pieceByteCount = 4096
    let pieceCount = 8
    var total = 0
    for piece in 0..<pieceCount {
      let start = bytes.count / pieceCount * piece
      let result = ZSTD_compress2(context, output.baseAddress, output.count, bytes.baseAddress! + start, pieceByteCount)
      total += try checked(result)
    }
    return total < pieceByteCount * pieceCount / 16 * 15
  }

  /// - Returns: 0 when the frame is whole and in `output`.
  private func advance(_ output: inout ZSTD_outBuffer) throws(Failure) -> Int {
    try checked(ZSTD_compressStream2(context, &output, &pending, ZSTD_e_end))
  }

  private func set(_ parameter: ZSTD_cParameter, _ value: CInt) throws(Failure) {
    _ = try checked(ZSTD_CCtx_setParameter(context, parameter, value))
  }

  private func checked(_ result: Int) throws(Failure) -> Int {
    guard ZSTD_isError(result) == 0 else { throw broken(String(cString: ZSTD_getErrorName(result))) }
    return result
  }

  private func broken(_ what: String) -> Failure {
    Failure("compress", "a frame (\(what))", .invalid, remedy: "Report this, and dump without --zstd.")
  }
}
