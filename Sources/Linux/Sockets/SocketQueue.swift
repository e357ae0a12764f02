internal import CLinux
internal import Glibc

/// One datagram or chunk of a stream that waits to be read.
public struct QueuedPacket: Hashable, Sendable {
  public let bytes: [UInt8]
  /// Copies of what travels with it (SCM_RIGHTS), in order; the caller closes them.
  public let descriptors: [CInt]

  public init(bytes: [UInt8], descriptors: [CInt]) {
    self.bytes = bytes
    self.descriptors = descriptors
  }
}

extension BorrowedFD {
  /// Reads what waits in a unix socket and leaves it there (MSG_PEEK with SO_PEEK_OFF, socket(7)).
  ///
  /// - Parameters:
  ///   - isStream: There are no packets: chunks are as long as there is data without descriptors between.
  ///   - endsEmpty: Nothing can come any more, so that an empty packet is the end: of a sequenced socket shut for
  ///     reading.
  public func peekQueue(
    isStream: Bool, endsEmpty: Bool, _ subject: @autoclosure () -> String
  ) throws(Failure) -> [QueuedPacket] {
    let before = try socketOption(.peekOffset, subject())
    try setSocketOption(.peekOffset, 0, subject())
    defer { _ = trySetSocketOption(.peekOffset, before) }
    var packets: [QueuedPacket] = []
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var offset: UInt32 = 0
    while let (count, descriptors) = try peek(into: &buffer, subject()) {
      if count > buffer.count {
        for descriptor in descriptors { BorrowedFD(descriptor).close() }
        // The packet's whole length (MSG_TRUNC). The kernel went on by what fitted: back, and again.
        buffer = [UInt8](repeating: 0, count: count)
        try setSocketOption(.peekOffset, offset, subject())
        continue
      }
      if count == 0, isStream || endsEmpty { break }
      packets.append(QueuedPacket(bytes: Array(buffer[..<count]), descriptors: descriptors))
      offset += UInt32(count)
    }
    return packets
  }

  /// - Returns: `nil` when nothing more waits; else the length of the packet, which may be above that of the buffer.
  private func peek(
    into buffer: inout [UInt8], _ subject: String
  ) throws(Failure) -> (byteCount: Int, descriptors: [CInt])? {
    var control = [UInt64](repeating: 0, count: 512)
    var vector = cl_vector()
    var message = cl_message()
    let result = buffer.withUnsafeMutableBytes { buffer in
      control.withUnsafeMutableBytes { control in
        withUnsafeMutablePointer(to: &vector) { vector in
          vector.pointee = cl_vector(base: buffer.baseAddress, byte_count: UInt64(buffer.count))
          message.vectors = vector
          message.vector_count = 1
          message.control = control.baseAddress
          message.control_byte_count = UInt64(control.count)
          return withUnsafeMutableBytes(of: &message) {
            systemCall(
              SystemCall(SYS_recvmsg), Int(raw), Int(bitPattern: $0.baseAddress),
              Int(CL_MSG_PEEK | CL_MSG_DONTWAIT | CL_MSG_TRUNC | CL_MSG_CMSG_CLOEXEC))
          }
        }
      }
    }
    if let errno = Errno(result: result) {
      if errno == .tryAgain { return nil }
      throw Failure(
        "read the queue of the socket", subject, errno, remedy: "Report this with the version of the kernel.")
    }
    let controlBytes = control.withUnsafeBytes { Array($0.prefix(Int(message.control_byte_count))) }
    return (result, descriptors(in: controlBytes))
  }

  /// A peek makes descriptors of what travels along.
  private func descriptors(in control: [UInt8]) -> [CInt] {
    // struct cmsghdr: byte count u64, level i32 (SOL_SOCKET 1), type i32 (SCM_RIGHTS 1), data; padded to 8.
    var start = 0
    var found: [CInt] = []
    while start + 16 <= control.count {
      let byteCount = Int(control[start...].number())
      guard byteCount >= 16, start + byteCount <= control.count else { break }
      if control[(start + 8)...].number() == 1, control[(start + 12)...].number() == 1 {
        for offset in stride(from: start + 16, to: start + byteCount, by: 4) {
          found.append(CInt(bitPattern: control[offset...].number()))
        }
      }
      start += (byteCount + 7) & ~7
    }
    return found
  }
}
