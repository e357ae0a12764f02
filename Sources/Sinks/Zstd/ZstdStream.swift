internal import Linux
internal import Streams

/// One image on its way through the compressor.
final class ZstdStream: ImageStream {
  private let name: ImageName
  private let inner: any ImageStream
  private let compressor: FrameCompressor
  private var buffer = FrameBuffer()
  private var fill = 0
  private var isWritten = false
  private var table = SeekTable()

  init(_ name: ImageName, into inner: any ImageStream, _ compressor: FrameCompressor) {
    self.name = name
    self.inner = inner
    self.compressor = compressor
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    isWritten = true
    try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Failure) in
      var done = 0
      while done < bytes.count {
        let room = try room(limit: bytes.count - done)
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[done..<done + room.count]))
        fill += room.count
        done += room.count
      }
    }
  }

  /// Reads the pipe: bytes that are to be compressed have to be looked at.
  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    isWritten = true
    var left = byteCount
    while left > 0 {
      let room = try room(limit: left)
      let count = try pipe.readPart(of: name, into: room)
      fill += count
      left -= count
    }
  }

  func finish() throws(Failure) {
    guard isWritten else { return try inner.finish() }
    if fill > 0 { try submit() }
    try compressor.finish(self)
    let bytes = table.encoded
    try inner.write(bytes.span.bytes)
    try inner.finish()
  }

  /// The next frame of this image.
  func take(_ frame: UnsafeRawBufferPointer, byteCount: Int) throws(Failure) {
    table.frames.append(
      SeekTable.Frame(
        compressedByteCount: UInt32(frame.count), byteCount: UInt32(byteCount),
        checksum: SeekTable.word(frame, frame.count - 4)))
    try inner.write(frame.bytes)
  }

  /// Where the next bytes go, at most `limit` of them.
  private func room(limit: Int) throws(Failure) -> UnsafeMutableRawBufferPointer {
    if fill == ZstdFormat.frameByteCount { try submit() }
    return UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[fill..<min(fill + limit, ZstdFormat.frameByteCount)])
  }

  private func submit() throws(Failure) {
    try compressor.submit(&buffer, byteCount: fill, for: self)
    fill = 0
  }
}
