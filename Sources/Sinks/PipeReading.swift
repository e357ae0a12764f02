internal import Linux
internal import Streams

extension OwnedFD {
  /// One read of what goes into an image, for sinks that have to look at it.
  ///
  /// - Returns: 1 byte or more.
  /// - Throws: `EPIPE` whoever gave it has ended.
  borrowing func readPart(of name: ImageName, into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let remedy = "The set is not usable: look for the process that ended, then dump again."
    let count = try withRaw { (pipe: CInt) throws(Failure) in
      try check("read what goes into the image", name.description, remedy: remedy) { File.read(pipe, into: room) }
    }
    guard count > 0 else {
      throw Failure("read what goes into the image", name.description, .brokenPipe, remedy: remedy)
    }
    return count
  }
}
