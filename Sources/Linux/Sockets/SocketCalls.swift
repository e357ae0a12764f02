internal import CLinux
internal import Glibc

private let roomRemedy = "Raise the limit of open files (ulimit -n)."

/// socket(2).
public func makeSocket(family: UInt32, type: UInt32, protocol number: UInt32 = 0) throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check(
        "make the socket", "family \(family), type \(type), protocol \(number)",
        remedy: "The kernel must have this protocol; raw sockets need CAP_NET_RAW; or raise the limit of open files."
      ) { systemCall(SystemCall(SYS_socket), Int(family), Int(type) | Int(CL_SOCK_CLOEXEC), Int(number)) }))
}

/// socketpair(2) of unix sockets.
///
/// - Returns: Two descriptors that the caller owns.
public func makeSocketPair(type: UInt32) throws(Failure) -> (CInt, CInt) {
  var pair: (CInt, CInt) = (-1, -1)
  try check("make the pair of sockets", "type \(type)", remedy: roomRemedy) {
    withUnsafeMutableBytes(of: &pair) {
      systemCall(
        SystemCall(SYS_socketpair), Int(CL_AF_UNIX), Int(type) | Int(CL_SOCK_CLOEXEC), 0,
        Int(bitPattern: $0.baseAddress))
    }
  }
  return pair
}

/// Calls on sockets. Subjects name the socket: "file 4 of type UNIXSK".
extension BorrowedFD {
  public func bind(to address: SocketAddress, _ subject: @autoclosure () -> String) throws(Failure) {
    try check(
      "bind the socket", subject(),
      remedy: "Something else uses this address, or it is not there: free it, or set the network up as at the dump."
    ) { withAddress(address) { systemCall(SystemCall(SYS_bind), Int(raw), $0, $1) } }
  }

  public func connect(to address: SocketAddress, _ subject: @autoclosure () -> String) throws(Failure) {
    try check(
      "connect the socket", subject(), remedy: "Start what it was connected to, and set the network up as at the dump."
    ) { withAddress(address) { systemCall(SystemCall(SYS_connect), Int(raw), $0, $1) } }
  }

  public func listen(backlog: UInt32, _ subject: @autoclosure () -> String) throws(Failure) {
    try check("listen on the socket", subject(), remedy: "Something else listens on this address: stop it.") {
      systemCall(SystemCall(SYS_listen), Int(raw), Int(Int32(truncatingIfNeeded: backlog)))
    }
  }

  /// accept4(2), without waiting: the connection must be there.
  public func accept(_ subject: @autoclosure () -> String) throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check("accept the connection", subject(), remedy: roomRemedy) {
          systemCall(SystemCall(SYS_accept4), Int(raw), 0, 0, Int(CL_SOCK_CLOEXEC))
        }))
  }

  /// shutdown(2).
  ///
  /// - Parameter sides: 1 reading, 2 writing, 3 both, as images and sock_diag(7) have it.
  public func shutDown(_ sides: UInt32, _ subject: @autoclosure () -> String) throws(Failure) {
    try check("shut the socket down", subject(), remedy: "The image is damaged: dump again.") {
      systemCall(SystemCall(SYS_shutdown), Int(raw), Int(sides) - 1)
    }
  }

  /// sendmsg(2), in one piece and without waiting; to the peer without an address.
  ///
  /// - Parameter descriptors: To travel with it (SCM_RIGHTS), at most 253.
  /// - Throws: `EAGAIN` there is no room.
  public func send(
    _ bytes: ArraySlice<UInt8>, to address: SocketAddress? = nil, with descriptors: [CInt] = [], _ subject: @autoclosure () -> String
  ) throws(Failure) {
    let count = try check(
      "fill the queue of the socket", subject(),
      remedy: "Raise net.core.wmem_max and net.unix.max_dgram_qlen to what they were at the dump."
    ) {
      var control = controlMessage(descriptors)
      return control.withUnsafeMutableBytes { control in
        bytes.withUnsafeBytes { bytes in
          withAddress(address) { name, nameByteCount in
            sendMessage(
              bytes, control, name: UnsafeMutableRawPointer(bitPattern: name), nameByteCount: UInt32(nameByteCount))
          }
        }
      }
    }
    guard count == bytes.count else {
      throw Failure(
        "fill the queue of the socket", "\(subject()): \(count) of \(bytes.count) bytes", .tryAgain,
        remedy: "Raise net.core.wmem_max to what it was at the dump.")
    }
  }

  private func sendMessage(
    _ bytes: UnsafeRawBufferPointer, _ control: UnsafeMutableRawBufferPointer, name: UnsafeMutableRawPointer?,
    nameByteCount: UInt32
  ) -> Int {
    var vector = cl_vector(
      base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), byte_count: UInt64(bytes.count))
    return withUnsafeMutablePointer(to: &vector) { vector in
      var message = cl_message()
      message.name = name
      message.name_byte_count = nameByteCount
      message.vectors = vector
      message.vector_count = 1
      message.control = control.isEmpty ? nil : control.baseAddress
      message.control_byte_count = UInt64(control.count)
      return withUnsafeMutableBytes(of: &message) {
        systemCall(
          SystemCall(SYS_sendmsg), Int(raw), Int(bitPattern: $0.baseAddress), Int(CL_MSG_DONTWAIT | CL_MSG_NOSIGNAL))
      }
    }
  }

  /// struct cmsghdr with its data, padded to 8 bytes; nothing for no descriptors.
  private func controlMessage(_ descriptors: [CInt]) -> [UInt8] {
    guard !descriptors.isEmpty else { return [] }
    var bytes: [UInt8] = []
    withUnsafeBytes(of: UInt64(16 + 4 * descriptors.count)) { bytes += $0 }
    for word in [1, 1] + descriptors { withUnsafeBytes(of: word) { bytes += $0 } }  // SOL_SOCKET, SCM_RIGHTS
    return bytes + [UInt8](repeating: 0, count: -bytes.count & 7)
  }

  /// The node that a unix socket is bound to, by O_PATH (SIOCUNIXFILE of ioctl(2)).
  ///
  /// - Returns: `nil` for a socket without a path, and without CAP_NET_ADMIN.
  public func openBoundNode() -> OwnedFD? {
    let request = 0x89e0  // SIOCUNIXFILE
    let result = systemCall(SystemCall(SYS_ioctl), Int(raw), request)
    return Errno(result: result) == nil ? OwnedFD(adopting: CInt(result)) : nil
  }

  /// getpeername(2).
  ///
  /// - Returns: `nil` without a peer.
  public func peerName(_ subject: @autoclosure () -> String) throws(Failure) -> SocketAddress? {
    var buffer = [UInt8](repeating: 0, count: 128)
    var byteCount = UInt32(buffer.count)
    let result = buffer.withUnsafeMutableBytes { buffer in
      withUnsafeMutableBytes(of: &byteCount) {
        systemCall(
          SystemCall(SYS_getpeername), Int(raw), Int(bitPattern: buffer.baseAddress), Int(bitPattern: $0.baseAddress))
      }
    }
    if Errno(result: result) == .notConnected { return nil }
    try check("read the address of the peer", subject(), remedy: SocketAddress.unreadable) { result }
    return SocketAddress(Array(buffer.prefix(Int(byteCount))))
  }

  private func withAddress(_ address: SocketAddress?, _ call: (Int, Int) -> Int) -> Int {
    guard let address else { return call(0, 0) }
    return address.bytes.withUnsafeBytes { call(Int(bitPattern: $0.baseAddress), $0.count) }
  }
}
