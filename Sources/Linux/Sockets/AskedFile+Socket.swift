internal import Glibc

extension AskedFile {
  /// An option of four bytes (getsockopt(2)).
  public func socketOption(_ option: SocketOption, _ subject: @autoclosure () -> String) throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    let (result, _) = withUnsafeMutableBytes(of: &value) { trySocketOption(option, into: $0) }
    try checkRead(option, result, subject())
    return value
  }

  /// An option of up to sixteen bytes, such as a time or the name of a device, as they lie in memory; zero what the
  /// kernel did not give.
  public func socketOptionWords(
    _ option: SocketOption, _ subject: @autoclosure () -> String
  ) throws(Failure) -> (UInt64, UInt64) {
    var words: (UInt64, UInt64) = (0, 0)
    let (result, _) = withUnsafeMutableBytes(of: &words) { trySocketOption(option, into: $0) }
    try checkRead(option, result, subject())
    return words
  }

  /// An option of any length.
  ///
  /// - Returns: As many bytes as the kernel gave, at most `byteCount`.
  public func socketOption(
    _ option: SocketOption, byteCount: Int, _ subject: @autoclosure () -> String
  ) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let (result, count) = bytes.withUnsafeMutableBytes { trySocketOption(option, into: $0) }
    try checkRead(option, result, subject())
    bytes.removeLast(byteCount - count)
    return bytes
  }

  /// - Returns: `nil` where the kernel does not have the option, or not for this socket.
  public func socketOptionIfKnown(_ option: SocketOption) -> UInt32? {
    var value: UInt32 = 0
    let (result, _) = withUnsafeMutableBytes(of: &value) { trySocketOption(option, into: $0) }
    return result < 0 ? nil : value
  }

  /// - Returns: Of the call, and the bytes that the kernel gave.
  func trySocketOption(
    _ option: SocketOption, into bytes: UnsafeMutableRawBufferPointer
  ) -> (result: Int, count: Int) {
    ask(.socketOption(option, byteCount: bytes.count), into: bytes)
  }

  func checkRead(
    _ option: SocketOption, _ result: Int, _ subject: @autoclosure () -> String
  ) throws(Failure) {
    try check(
      "read the socket option \(option.level):\(option.number)", subject(), remedy: SocketAddress.unreadable
    ) { result }
  }

  /// The instructions of the classic filter of a socket, 8 bytes each (SO_GET_FILTER); empty without one.
  public func socketFilter(_ subject: @autoclosure () -> String) throws(Failure) -> [UInt64] {
    let remedy = "A filter of eBPF cannot be read back: have the program detach it (SO_DETACH_FILTER) before the dump."
    let count = try check("read the filter of the socket", subject(), remedy: remedy) { ask(.socketFilter(0)) }
    guard count > 0 else { return [] }
    var instructions = [UInt64](repeating: 0, count: count)
    let read = try check("read the filter of the socket", subject(), remedy: remedy) {
      instructions.withUnsafeMutableBytes { ask(.socketFilter(count), into: $0).result }
    }
    return Array(instructions.prefix(read))
  }

  /// getsockname(2).
  public func socketName(_ subject: @autoclosure () -> String) throws(Failure) -> SocketAddress {
    var bytes = [UInt8](repeating: 0, count: Int(FileQuestion.socketName.room))
    var count = 0
    try check("read the address of the socket", subject(), remedy: SocketAddress.unreadable) {
      let (result, length) = bytes.withUnsafeMutableBytes { ask(.socketName, into: $0) }
      count = length
      return result
    }
    return SocketAddress(Array(bytes.prefix(count)))
  }

  /// The peer of an internet socket (SO_PEERNAME), also of one whose connection is not there yet, or was reset.
  ///
  /// - Parameter family: The kernel wants room for exactly its addresses.
  /// - Returns: `nil` without one.
  public func inetPeerName(family: UInt32, _ subject: @autoclosure () -> String) throws(Failure) -> SocketAddress? {
    var bytes = [UInt8](repeating: 0, count: SocketAddress.byteCount(ofFamily: family))
    let (result, count) = bytes.withUnsafeMutableBytes { trySocketOption(.peerName, into: $0) }
    if Errno(result: result) == .notConnected { return nil }
    try checkRead(.peerName, result, subject())
    bytes.removeLast(bytes.count - count)
    return SocketAddress(bytes)
  }
}
