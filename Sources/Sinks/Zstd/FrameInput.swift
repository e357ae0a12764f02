internal import Linux
internal import Streams

/// The bytes of a compressed image, of which as many as are wanted can be looked at before they are taken.
final class FrameInput {
  private let reader: any ImageReader
  private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 << 20, alignment: 4096)
  private var start = 0
  private var end = 0
  private var isAtEnd = false

  init(_ reader: any ImageReader) { self.reader = reader }

  deinit { buffer.deallocate() }

  var bufferedByteCount: Int { end - start }

  /// - Returns: At least `byteCount` bytes that come next, fewer only at the end of the image. Valid until the next call.
  func peek(_ byteCount: Int) throws(Failure) -> UnsafeRawBufferPointer {
    if byteCount > buffer.count - start { makeRoom(byteCount) }
    while end - start < byteCount, !isAtEnd {
      let count = try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
      isAtEnd = count == 0
      end += count
    }
    return UnsafeRawBufferPointer(rebasing: buffer[start..<end])
  }

  func take(_ byteCount: Int) {
    start += byteCount
    if start == end { (start, end) = (0, 0) }
  }

  /// - Returns: The bytes passed over; fewer only at the end of the image.
  func skip(_ byteCount: Int) throws(Failure) -> Int {
    let buffered = min(end - start, byteCount)
    take(buffered)
    return buffered == byteCount ? byteCount : buffered + (try reader.skip(byteCount: byteCount - buffered))
  }

  private func makeRoom(_ byteCount: Int) {
    let rest = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
    if byteCount > buffer.count {
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, buffer.count * 2), alignment: 4096)
      larger.copyMemory(from: rest)
      buffer.deallocate()
      buffer = larger
    } else {
      buffer.copyMemory(from: rest)
    }
    (start, end) = (0, rest.count)
  }
}
