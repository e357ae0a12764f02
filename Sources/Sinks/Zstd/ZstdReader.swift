internal import CZstd
internal import Linux
internal import Streams

/// One compressed image, from its beginning. A frame that fits into the caller's buffer goes straight there; memory is
/// bounded by two frames. Damage is found by the frame's checksum, a cut image by its missing seek table.
final class ZstdReader: ImageReader {
  private let input: FrameInput
  private let name: ImageName
  /// For the seek table, where it can be read beforehand.
  private let source: (any ImageSource)?
  private let context: OpaquePointer
  /// What of the current frame is still to be read.
  private var frame: UnsafeMutableRawBufferPointer?
  private var rest = 0..<0
  /// The current frame is a hole: its pages were dropped.
  private var isDropped = false
  /// The frames so far.
  private var passed = SeekTable()
  private var table: SeekTable?
  private var hasEnded = false
  /// The image for whoever reads it in any order; `nil` until somebody asks, `.some(nil)` where that is not possible.
  private var frameFile: FrameFile??
  /// Bytes that were taken and are still to be passed over here.
  private var takenByteCount = 0

  /// - Parameter source: Where the image is from, if it can be opened again.
  init(_ reader: any ImageReader, name: ImageName, in source: (any ImageSource)? = nil) throws(Failure) {
    guard let context = ZSTD_createDCtx() else {
      throw Failure("decompress", name.description, .noMemory, remedy: "Free memory.")
    }
    self.context = context
    self.name = name
    self.source = source.flatMap { $0.abilities.isSuperset(of: [.randomAccess, .reopen]) ? $0 : nil }
    input = FrameInput(reader)
  }

  // Memory only: it runs again in every process cloned from ours.
  deinit {
    _ = ZSTD_freeDCtx(context)
    frame?.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    guard !buffer.isEmpty else { return 0 }
    try passTaken()
    if rest.isEmpty {
      guard let head = try nextHead() else { return 0 }
      if head.byteCount <= buffer.count {
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<head.byteCount])
        bringInPages(of: target)
        try decompress(head, into: target)
        return head.byteCount
      }
      try decompress(head, into: try frameBuffer(head.byteCount))
      (rest, isDropped) = (0..<head.byteCount, false)
    }
    guard !isDropped else { throw dropped() }
    let count = min(rest.count, buffer.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: frame![rest.lowerBound..<rest.lowerBound + count]))
    rest = rest.lowerBound + count..<rest.upperBound
    return count
  }

  /// Passes over whole frames without decompressing them, by the seek table where the source can be read at any place.
  func skip(byteCount: Int) throws(Failure) -> Int {
    try passTaken()
    var left = byteCount
    let count = min(rest.count, left)
    rest = rest.lowerBound + count..<rest.upperBound
    left -= count
    if left >= ZstdFormat.frameByteCount { left -= try skipFrames(byteCount: left) }
    while left > 0 {
      if let frameByteCount = try passDropped() {
        let count = min(frameByteCount, left)
        (rest, isDropped) = (count..<frameByteCount, true)
        left -= count
        continue
      }
      guard let head = try nextHead() else { break }
      guard head.byteCount <= left else {
        try decompress(head, into: try frameBuffer(head.byteCount))
        (rest, isDropped) = (left..<head.byteCount, false)
        return byteCount
      }
      pass(head)
      left -= head.byteCount
    }
    return byteCount - left
  }

  /// Much of a large image, where a plain file has it.
  func take(byteCount: Int) throws(Failure) -> FileExtent? {
    guard byteCount >= FrameFile.leastExtent, byteCount > rest.count, let source else { return nil }
    if frameFile == nil { frameFile = .some(try FrameFile.open(name, in: source)) }
    guard let file = frameFile! else { return nil }
    let passedByteCount = min(passed.frames.count * ZstdFormat.frameByteCount, file.byteCount)
    let extent = file.extent(at: passedByteCount - rest.count + takenByteCount, byteCount: byteCount)
    takenByteCount += extent?.byteCount ?? 0
    return extent
  }

  private func passTaken() throws(Failure) {
    let count = takenByteCount
    takenByteCount = 0
    guard count > 0, try skip(byteCount: count) < count else { return }
    throw damaged("use the seek table", "the image is cut")
  }

  // MARK: Frames

  private struct Head {
    let byteCount: Int
    /// The whole frame, in the input's buffer.
    let bytes: UnsafeRawBufferPointer

    var checksum: UInt32 { SeekTable.word(bytes, bytes.count - 4) }
  }

  /// - Returns: `nil` at the end, after the seek table was compared with what went before.
  private func nextHead() throws(Failure) -> Head? {
    guard !hasEnded else { return nil }
    let start = try input.peek(ZstdFormat.longestHeader)
    guard start.count >= SeekTable.headByteCount else { throw damaged("find the next frame", "the image is cut") }
    guard SeekTable.word(start, 0) != 0 else { throw dropped() }
    if SeekTable.word(start, 0) == SeekTable.magic {
      try end(tableByteCount: SeekTable.headByteCount + Int(SeekTable.word(start, 4)))
      return nil
    }
    let content = ZSTD_getFrameContentSize(start.baseAddress, start.count)
    guard content > 0, content <= UInt64(ZstdFormat.largestFrame) else {
      throw damaged("read the head of the frame", "no frame of 1 byte to \(ZstdFormat.largestFrame >> 20) MiB")
    }
    let bound = ZSTD_compressBound(Int(content)) + ZstdFormat.longestHeader
    var bytes = try input.peek(input.bufferedByteCount)
    while true {
      let count = ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
      if ZSTD_isError(count) == 0, count > ZstdFormat.longestHeader / 2 {
        return Head(byteCount: Int(content), bytes: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
      let more = bytes.count < bound ? try input.peek(min(bytes.count * 2 + (64 << 10), bound)) : bytes
      guard more.count > bytes.count else {
        throw damaged("read the frame", bytes.count < bound ? "the image is cut" : "its blocks have no end")
      }
      bytes = more
    }
  }

  private func decompress(_ head: Head, into target: UnsafeMutableRawBufferPointer) throws(Failure) {
    let count = ZSTD_decompressDCtx(
      context, target.baseAddress, target.count, head.bytes.baseAddress, head.bytes.count)
    guard ZSTD_isError(count) == 0 else {
      throw damaged("decompress the frame", String(cString: ZSTD_getErrorName(count)))
    }
    guard count == target.count else { throw damaged("decompress the frame", "it has \(count) bytes") }
    pass(head)
  }

  private func pass(_ head: Head) {
    passed.frames.append(
      SeekTable.Frame(
        compressedByteCount: UInt32(head.bytes.count), byteCount: UInt32(head.byteCount), checksum: head.checksum))
    input.take(head.bytes.count)
  }

  private func frameBuffer(_ byteCount: Int) throws(Failure) -> UnsafeMutableRawBufferPointer {
    if let frame, frame.count >= byteCount { return UnsafeMutableRawBufferPointer(rebasing: frame[..<byteCount]) }
    frame?.deallocate()
    let made = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(byteCount, ZstdFormat.frameByteCount), alignment: 4096)
    frame = made
    return UnsafeMutableRawBufferPointer(rebasing: made[..<byteCount])
  }

  // MARK: The seek table

  private func end(tableByteCount: Int) throws(Failure) {
    guard tableByteCount == SeekTable.byteCount(frameCount: passed.frames.count) else {
      throw damaged("read the seek table", "there are \(passed.frames.count) frames before it")
    }
    let bytes = try input.peek(tableByteCount)
    guard let table = SeekTable.decode(bytes), table == passed else {
      throw damaged("read the seek table", "it does not fit the frames")
    }
    input.take(tableByteCount)
    guard try input.peek(1).isEmpty else { throw damaged("end the image", "there is something behind the seek table") }
    hasEnded = true
  }

  /// - Returns: The bytes passed over: whole frames.
  private func skipFrames(byteCount: Int) throws(Failure) -> Int {
    guard let table = try tableBeforehand() else { return 0 }
    var done = 0
    var compressed = 0
    for frame in table.frames[passed.frames.count...] {
      guard done + Int(frame.byteCount) <= byteCount else { break }
      done += Int(frame.byteCount)
      compressed += Int(frame.compressedByteCount)
      passed.frames.append(frame)
    }
    guard try input.skip(compressed) == compressed else { throw damaged("use the seek table", "the image is cut") }
    return done
  }

  /// Passes over a frame that is a hole.
  ///
  /// - Returns: Its bytes; `nil` where there is a frame, or nothing any more.
  private func passDropped() throws(Failure) -> Int? {
    let start = try input.peek(ZstdFormat.longestHeader)
    guard !hasEnded, start.count >= SeekTable.headByteCount, SeekTable.word(start, 0) == 0,
      let table = try tableBeforehand(), passed.frames.count < table.frames.count
    else { return nil }
    let frame = table.frames[passed.frames.count]
    guard try input.skip(Int(frame.compressedByteCount)) == Int(frame.compressedByteCount) else {
      throw damaged("use the seek table", "the image is cut")
    }
    passed.frames.append(frame)
    return Int(frame.byteCount)
  }

  /// - Returns: `nil` where the source cannot be read at any place.
  private func tableBeforehand() throws(Failure) -> SeekTable? {
    guard let source else { return nil }
    if table == nil { table = try SeekTable.read(name, from: source) }
    // A frame that is passed over is not looked at, so its size in the table has to be the one of all frames.
    guard let table, table.frames.starts(with: passed.frames),
      table.frames.dropLast().allSatisfy({ $0.byteCount == ZstdFormat.frameByteCount })
    else {
      throw damaged("use the seek table", "it does not fit the frames")
    }
    return table
  }

  private func dropped() -> Failure {
    Failure(
      "read pages", "\(name), frame \(passed.frames.count + 1), which is a hole: its pages were dropped", .badMessage,
      remedy: "Restore the set whose parent this is: it has these pages anew.")
  }

  private func damaged(_ attempted: String, _ what: String) -> Failure {
    Failure(
      attempted, "\(name), frame \(passed.frames.count + 1) at byte \(passed.compressedByteCount) (\(what))", .badMessage,
      remedy: "The image is cut or damaged: restore from another copy of the set.")
  }
}
