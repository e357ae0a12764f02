internal import CLinux
internal import Glibc

/// Calls on connected stream sockets, as those of `File`: each gives the result, or the error number negated, and is
/// tried once; run them within `check`. None raises SIGPIPE but `File.splice`, where the caller ignores it.
public enum StreamCalls {
  /// sendmsg(2) of pieces one behind the other; 1024 pieces at most. Returns the bytes taken, which may be fewer.
  public static func send(_ socket: CInt, _ pieces: ArraySlice<UnsafeRawBufferPointer>) -> Int {
    withUnsafeTemporaryAllocation(of: cl_vector.self, capacity: max(pieces.count, 1)) { vectors in
      for (index, piece) in pieces.enumerated() {
        vectors.initializeElement(
          at: index,
          to: cl_vector(base: UnsafeMutableRawPointer(mutating: piece.baseAddress), byte_count: UInt64(piece.count)))
      }
      var message = cl_message()
      message.vectors = vectors.baseAddress
      message.vector_count = UInt64(pieces.count)
      return withUnsafeMutablePointer(to: &message) {
        systemCall(SystemCall(SYS_sendmsg), Int(socket), Int(bitPattern: $0), Int(CL_MSG_NOSIGNAL))
      }
    }
  }

  /// recvfrom(2) until the buffer is full (MSG_WAITALL); a signal or the end of the stream ends it early. Returns the
  /// bytes received; 0 only at the end.
  public static func receive(_ socket: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let waitForAll = 0x100  // MSG_WAITALL
    return systemCall(
      SystemCall(SYS_recvfrom), Int(socket), Int(bitPattern: buffer.baseAddress), buffer.count, waitForAll)
  }
}

/// Waits until at least one of the descriptors can be read, or its far end is gone (poll(2)).
///
/// - Parameter milliseconds: At most; -1 for ever.
/// - Returns: For each, in order, whether it can.
public func awaitReadable(
  _ descriptors: [CInt], milliseconds: CInt = -1, _ subject: @autoclosure () -> String
) throws(Failure) -> [Bool] {
  var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  try check("wait for something to read", subject(), remedy: "Report this with the version of the kernel.") {
    entries.withUnsafeMutableBytes {
      systemCall(SystemCall(SYS_poll), Int(bitPattern: $0.baseAddress), descriptors.count, Int(milliseconds))
    }
  }
  return entries.map { $0.revents != 0 }
}

extension BorrowedFD {
  /// Waits for the far end to close its side, five seconds at most; what still comes is dropped.
  public func awaitClose() {
    let limit = timeval(tv_sec: 5, tv_usec: 0)
    _ = trySetSocketOption(.receiveTimeout, withUnsafeBytes(of: limit) { [UInt8]($0) })
    var byte: UInt8 = 0
    _ = withUnsafeMutableBytes(of: &byte) { StreamCalls.receive(raw, into: $0) }
  }

  /// connect(2). Returns 0, or the error number negated.
  public func tryConnect(to address: SocketAddress) -> Int {
    address.bytes.withUnsafeBytes {
      systemCall(SystemCall(SYS_connect), Int(raw), Int(bitPattern: $0.baseAddress), $0.count)
    }
  }
}
