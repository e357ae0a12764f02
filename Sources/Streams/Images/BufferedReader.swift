internal import Linux

/// Reads an image in pieces of 64 KiB.
final class BufferedReader {
  private let reader: any ImageReader
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
  private var position = 0
  private var end = 0
  /// Of the next byte that a caller gets, from the beginning of the image.
  private(set) var offset = 0

  init(_ reader: any ImageReader) { self.reader = reader }

  deinit { buffer.deallocate() }

  /// - Returns: `byteCount` bytes, fewer only at the end of the image. Grows as bytes come, so that a wrong size in a
  ///   short image costs nothing.
  func read(_ byteCount: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(byteCount, buffer.count))
    while bytes.count < byteCount {
      if position == end { try fill() }
      let count = min(end - position, byteCount - bytes.count)
      if count == 0 { break }
      bytes.append(contentsOf: buffer[position..<position + count])
      advance(count)
    }
    return bytes
  }

  /// Lends the next `byteCount` bytes, fewer only at the end of the image: without a copy where the buffer has them.
  func withBytes<R>(_ byteCount: Int, _ body: (RawSpan) throws(Failure) -> R) throws(Failure) -> R {
    if byteCount > end - position {
      let copy = try read(byteCount)
      return try body(copy.span.bytes)
    }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[position..<position + byteCount])
    advance(byteCount)
    return try body(bytes.bytes)
  }

  /// - Returns: The bytes read, fewer than `target.count` only at the end of the image.
  func read(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var done = min(end - position, target.count)
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[position..<position + done]))
    advance(done)
    while done < target.count {
      let count = try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: target[done...]))
      if count == 0 { break }
      done += count
      offset += count
    }
    return done
  }

  /// - Returns: The bytes skipped, fewer only at the end of the image.
  func skip(_ byteCount: Int) throws(Failure) -> Int {
    let buffered = min(end - position, byteCount)
    advance(buffered)
    guard buffered < byteCount else { return buffered }
    let further = try reader.skip(byteCount: byteCount - buffered)
    offset += further
    return buffered + further
  }

  /// Passes over everything.
  func drain() throws(Failure) {
    advance(end - position)
    try reader.drain()
  }

  private func fill() throws(Failure) {
    position = 0
    end = 0
    end = try reader.read(into: buffer)
  }

  private func advance(_ count: Int) {
    position += count
    offset += count
  }
}
