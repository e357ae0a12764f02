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

  /// Reads to the end: a source that is a pipe goes on to its next image only then.
  func drain() throws(Failure) {
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { scratch.deallocate() }
    while try read(into: scratch) > 0 {}
  }
}

extension ImageSource {
  public func open(anyOf names: [ImageName]) throws(Failure) -> (name: ImageName, reader: any ImageReader)? {
    for name in names { if let reader = try open(name) { return (name, reader) } }
    return nil
  }

  public func parent() throws(Failure) -> (any ImageSource)? { nil }

  public func finish() throws(Failure) {}
}
