public import Linux

extension ImageReader {
  public func readFully(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) -> Int {
    var total = 0
    for buffer in buffers {
      var done = 0
      while done < buffer.count {
        let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
        guard count > 0 else { return total + done }
        done += count
      }
      total += done
    }
    return total
  }

  public func skip(byteCount: Int) throws(Failure) -> Int {
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: min(byteCount, 64 << 10), alignment: 16)
    defer { scratch.deallocate() }
    var done = 0
    while done < byteCount {
      let piece = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, byteCount - done)])
      let count = try read(into: piece)
      guard count > 0 else { break }
      done += count
    }
    return done
  }

  public func take(byteCount: Int) throws(Failure) -> FileExtent? { nil }

  /// Reads to the end: a source that is a pipe goes on to its next image only then.
  func drain() throws(Failure) { try readEach { _ in } }

  /// Reads to the end, in pieces.
  public func readEach(_ body: (UnsafeRawBufferPointer) -> Void) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try read(into: buffer)
      guard count > 0 else { return }
      body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}

extension ImageSource {
  public func open(anyOf names: [ImageName]) throws(Failure) -> (name: ImageName, reader: any ImageReader)? {
    for name in names { if let reader = try open(name) { return (name, reader) } }
    return nil
  }

  public func parent() throws(Failure) -> (any ImageSource)? { nil }

  public func drop(_ ranges: [Range<Int>], of name: ImageName) throws(Failure) -> Int {
    throw Failure(
      "drop pages from the image", name.description, .notSupported, remedy: "Extract the images into a directory first.")
  }

  public func finish() throws(Failure) {}

  public func giveUp() {}
}

/// Fills buffers, in order, by calls that take several and may end within one, as readv(2) does.
///
/// - Parameter read: Given at most 1024 buffers (`IOV_MAX`); 0 is the end.
/// - Returns: The bytes read; less than the buffers hold only at the end.
public func fill(
  _ buffers: [UnsafeMutableRawBufferPointer],
  by read: ([UnsafeMutableRawBufferPointer]) throws(Failure) -> Int
) throws(Failure) -> Int {
  let vectorCount = 1024
  var total = 0
  var rest = buffers[...]
  while true {
    // A buffer that is full, or has no bytes, is done; a read may end within one.
    while rest.first?.count == 0 { rest.removeFirst() }
    guard !rest.isEmpty else { return total }
    var count = try read(Array(rest.prefix(vectorCount)))
    guard count > 0 else { return total }
    total += count
    while let first = rest.first, count > 0 {
      let done = min(count, first.count)
      rest[rest.startIndex] = UnsafeMutableRawBufferPointer(rebasing: first[done...])
      count -= done
      if done == first.count { rest.removeFirst() }
    }
  }
}

/// Cuts a list of buffers into lists of at most `byteCount` bytes each, in order.
public func parts(of buffers: [UnsafeMutableRawBufferPointer], byteCount: Int) -> [[UnsafeMutableRawBufferPointer]] {
  var parts: [[UnsafeMutableRawBufferPointer]] = []
  var room = 0
  for buffer in buffers {
    var done = 0
    while done < buffer.count {
      if room == 0 {
        parts.append([])
        room = byteCount
      }
      let count = min(room, buffer.count - done)
      parts[parts.count - 1].append(UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count]))
      done += count
      room -= count
    }
  }
  return parts
}
