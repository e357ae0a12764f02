internal import CLinux
internal import Glibc

/// Descriptors that travel over a unix socket (SCM_RIGHTS of unix(7)), each with one byte.
extension BorrowedFD {
  /// - Throws: `EPIPE` the far end is gone.
  public func pass(_ descriptor: BorrowedFD, _ subject: @autoclosure () -> String) throws(Failure) {
    // struct cmsghdr: byte count u64, level i32 (SOL_SOCKET 1), type i32 (SCM_RIGHTS 1), the number.
    let control: [UInt64] = [20, 1 | 1 << 32, UInt64(UInt32(bitPattern: descriptor.raw))]
    try check("pass the descriptor", subject(), remedy: "The far end is gone: look for its error.") {
      message(control) { systemCall(SystemCall(SYS_sendmsg), Int(raw), Int(bitPattern: $0), Int(CL_MSG_NOSIGNAL)) }.result
    }
  }

  /// Waits for a descriptor.
  ///
  /// - Throws: `EBADMSG` something else came, or the end.
  public func receiveDescriptor(_ subject: @autoclosure () -> String) throws(Failure) -> OwnedFD {
    var control: [UInt64] = []
    let count = try check("receive the descriptor", subject(), remedy: "The far end is gone: look for its error.") {
      let received = message([0, 0, 0]) {
        systemCall(SystemCall(SYS_recvmsg), Int(raw), Int(bitPattern: $0), Int(CL_MSG_CMSG_CLOEXEC))
      }
      control = received.control
      return received.result
    }
    guard count == 1, control[0] == 20, control[1] == 1 | 1 << 32 else {
      throw Failure(
        "receive the descriptor", subject(), .badMessage,
        remedy: "The far end is gone, or does not speak the protocol of criu-image-streamer.")
    }
    return OwnedFD(adopting: CInt(truncatingIfNeeded: control[2]))
  }

  /// Takes one byte that has come already, and the descriptor with it, which is then open in this process.
  ///
  /// - Returns: False when there is none.
  public func takeArrived() -> Bool {
    let withoutWaiting = 0x40  // MSG_DONTWAIT
    let received = message([0, 0, 0]) {
      systemCall(
        SystemCall(SYS_recvmsg), Int(raw), Int(bitPattern: $0), Int(CL_MSG_CMSG_CLOEXEC) | withoutWaiting)
    }
    return received.result == 1
  }

  private func message(_ words: [UInt64], _ call: (UnsafeMutablePointer<cl_message>) -> Int) -> (
    result: Int, control: [UInt64]
  ) {
    var byte: UInt8 = 0
    var control = words
    var vector = cl_vector()
    var message = cl_message()
    let result = withUnsafeMutableBytes(of: &byte) { byte in
      control.withUnsafeMutableBytes { control in
        withUnsafeMutablePointer(to: &vector) { vector in
          vector.pointee = cl_vector(base: byte.baseAddress, byte_count: 1)
          message.vectors = vector
          message.vector_count = 1
          message.control = control.baseAddress
          message.control_byte_count = UInt64(control.count)
          return withUnsafeMutablePointer(to: &message, call)
        }
      }
    }
    return (result, control)
  }
}
