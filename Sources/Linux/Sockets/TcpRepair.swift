internal import CLinux
internal import Glibc

/// Repair mode of a TCP socket: its sequence numbers, queues and options can be read and set, and closing it tells the
/// peer nothing (TCP_REPAIR of linux/tcp.h; needs CAP_NET_ADMIN).
extension BorrowedFD {
  public enum TcpQueue: UInt32, Sendable {
    case none = 0
    case receive = 1
    case send = 2
  }

  /// What the two ends have promised each other to take (struct tcp_repair_window).
  public struct TcpWindow: Hashable, Sendable {
    /// Sequence number of the segment that last changed the send window.
    public var lastUpdate: UInt32
    public var send: UInt32
    /// The largest that the peer ever had.
    public var largestSend: UInt32
    public var receive: UInt32
    /// Sequence number from which `receive` counts.
    public var receiveStart: UInt32

    public init(lastUpdate: UInt32, send: UInt32, largestSend: UInt32, receive: UInt32, receiveStart: UInt32) {
      self.lastUpdate = lastUpdate
      self.send = send
      self.largestSend = largestSend
      self.receive = receive
      self.receiveStart = receiveStart
    }
  }

  /// An option of the handshake (struct tcp_repair_opt).
  public enum TcpHandshakeOption: Hashable, Sendable {
    case maximumSegment(UInt32)
    case windowScale(send: UInt32, receive: UInt32)
    case selectiveAcknowledgement
    case timestamps

    // netinet/tcp.h: TCPOPT_...
    fileprivate var words: [UInt32] {
      switch self {
      case .maximumSegment(let byteCount): [2, byteCount]
      case .windowScale(let send, let receive): [3, send | receive << 16]
      case .selectiveAcknowledgement: [4, 0]
      case .timestamps: [8, 0]
      }
    }
  }

  public func beginTcpRepair(_ subject: @autoclosure () -> String) throws(Failure) {
    try setSocketOption(.tcpRepair, 1, subject())
  }

  /// - Parameters:
  ///   - probing: Tells the peer our window, so that what it holds back comes.
  ///   - reusesAddress: SO_REUSEADDR (socket(7)), which Linux turns off with the mode.
  public func endTcpRepair(probing: Bool, reusesAddress: Bool, _ subject: @autoclosure () -> String) throws(Failure) {
    try endTcpRepair(probing: probing, subject())
    try setSocketOption(.reuseAddress, reusesAddress ? 1 : 0, subject())
  }

  /// As above, for a while: the address cannot be used again.
  public func endTcpRepair(probing: Bool, _ subject: @autoclosure () -> String) throws(Failure) {
    try setSocketOption(.tcpRepair, probing ? 0 : UInt32(bitPattern: -1), subject())
  }

  /// The queue that the other calls are about.
  public func chooseTcpQueue(_ queue: TcpQueue, _ subject: @autoclosure () -> String) throws(Failure) {
    try setSocketOption(.tcpRepairQueue, queue.rawValue, subject())
  }

  /// - Returns: `nil` before Linux 4.8.
  public func tcpWindow(_ subject: @autoclosure () -> String) throws(Failure) -> TcpWindow? {
    let bytes: [UInt8]
    do throws(Failure) { bytes = try socketOption(.tcpRepairWindow, byteCount: 20, subject()) } catch {
      if error.errno == Errno(ENOPROTOOPT) { return nil }
      throw error
    }
    let words = (0..<5).map { bytes[...].number(at: $0 * 4) }
    return TcpWindow(
      lastUpdate: words[0], send: words[1], largestSend: words[2], receive: words[3], receiveStart: words[4])
  }

  public func setTcpWindow(_ window: TcpWindow, _ subject: @autoclosure () -> String) throws(Failure) {
    let words = [window.lastUpdate, window.send, window.largestSend, window.receive, window.receiveStart]
    try setSocketOption(.tcpRepairWindow, words.memoryBytes, subject())
  }

  public func setTcpHandshake(
    _ options: [TcpHandshakeOption], _ subject: @autoclosure () -> String
  ) throws(Failure) {
    try setSocketOption(.tcpRepairOptions, options.flatMap(\.words).memoryBytes, subject())
  }

  /// Bytes that can be read (SIOCINQ of tcp(7)).
  public func tcpReadableByteCount(_ subject: @autoclosure () -> String) throws(Failure) -> Int {
    try queueSize(0x541B, subject())
  }

  /// Bytes that the peer has not acknowledged, a FIN among them (SIOCOUTQ of tcp(7)).
  public func tcpUnacknowledgedByteCount(_ subject: @autoclosure () -> String) throws(Failure) -> Int {
    try queueSize(0x5411, subject())
  }

  /// Bytes that were not sent yet, a FIN among them (SIOCOUTQNSD of linux/sockios.h).
  public func tcpUnsentByteCount(_ subject: @autoclosure () -> String) throws(Failure) -> Int {
    try queueSize(0x894B, subject())
  }

  private func queueSize(_ request: Int, _ subject: @autoclosure () -> String) throws(Failure) -> Int {
    var size: CInt = 0
    try check("read the size of the queue", subject(), remedy: "Report this with the version of the kernel.") {
      withUnsafeMutableBytes(of: &size) {
        systemCall(SystemCall(SYS_ioctl), Int(raw), request, Int(bitPattern: $0.baseAddress))
      }
    }
    return Int(size)
  }

  /// Reads the chosen queue, which is the one of what was received outside of repair mode. It stays as it is.
  ///
  /// - Parameter bytes: One more than the queue has, so that a queue that is longer shows; it is taken off.
  /// - Throws: `EAGAIN` it has another count of bytes.
  public func peekTcpQueue(into bytes: inout [UInt8], _ subject: @autoclosure () -> String) throws(Failure) {
    defer { bytes.removeLast() }
    let byteCount = bytes.count - 1
    guard byteCount > 0 else { return }
    let count = try check("read the queue", subject(), remedy: "Report this with the version of the kernel.") {
      bytes.withUnsafeMutableBytes {
        systemCall(
          SystemCall(SYS_recvfrom), Int(raw), Int(bitPattern: $0.baseAddress), $0.count,
          Int(CL_MSG_PEEK | CL_MSG_DONTWAIT), 0, 0)
      }
    }
    guard count == byteCount else {
      throw Failure(
        "read the queue", "\(subject()): \(count) bytes of \(byteCount)", .tryAgain,
        remedy: "Something changed it meanwhile: lock the network (--network-lock).")
    }
  }

  /// Puts bytes into the chosen queue, or sends them outside of repair mode. The kernel takes a piece as one block of
  /// memory, so large ones may have to be halved.
  public func fillTcpQueue(_ bytes: ArraySlice<UInt8>, _ subject: @autoclosure () -> String) throws(Failure) {
    var rest = bytes
    var pieceByteCount = 64 << 10
    while !rest.isEmpty {
      let result = rest.prefix(pieceByteCount).withUnsafeBytes {
        systemCall(
          SystemCall(SYS_sendto), Int(raw), Int(bitPattern: $0.baseAddress), $0.count,
          Int(CL_MSG_NOSIGNAL | CL_MSG_DONTWAIT), 0, 0)
      }
      if let errno = Errno(result: result) {
        if errno == .interrupted { continue }
        if pieceByteCount > 1024 {
          pieceByteCount /= 2
          continue
        }
        throw Failure(
          "fill the queue", "\(subject()): \(rest.count) of \(bytes.count) bytes are left", errno,
          remedy: "Raise net.ipv4.tcp_mem, net.core.rmem_max and net.core.wmem_max to what they were at the dump.")
      }
      rest = rest.dropFirst(result)
    }
  }
}
