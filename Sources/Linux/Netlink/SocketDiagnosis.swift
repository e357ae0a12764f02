internal import CLinux
internal import Glibc

/// Asks the kernel for all sockets of one family in this network namespace (sock_diag(7)).
enum SocketDiagnosis {
  /// - Parameter request: The family's request structure.
  /// - Returns: `nil` where the kernel cannot list this family (it lacks the module).
  static func list<Request>(_ request: Request, _ subject: String) throws(Failure) -> NetlinkMessages? {
    let socket = OwnedFD(
      adopting: CInt(
        try check("open a socket to the kernel", subject, remedy: remedy) {
          systemCall(
            SystemCall(SYS_socket), Int(CL_AF_NETLINK), Int(SOCK_RAW.rawValue) | Int(CL_SOCK_CLOEXEC),
            Int(CL_NETLINK_SOCK_DIAG))
        }))
    try send(request, to: socket.borrowed(), subject)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = try check("list the sockets", subject, remedy: remedy) {
        buffer.withUnsafeMutableBytes { buffer in
          socket.withRaw {
            systemCall(SystemCall(SYS_recvfrom), Int($0), Int(bitPattern: buffer.baseAddress), buffer.count, 0, 0, 0)
          }
        }
      }
      let piece = NetlinkMessages(bytes: Array(buffer[..<count]))
      bytes += piece.bytes  // the end may come with the last sockets
      for message in try piece.messages() {
        switch CInt(message.type) {
        case CL_NLMSG_DONE: return NetlinkMessages(bytes: bytes)
        case CL_NLMSG_ERROR:
          let errno = Errno(-(try piece.structure(CInt.self, in: message.body)))
          if errno == .noEntry || errno == .notSupported { return nil }
          throw Failure("list the sockets", subject, errno, remedy: remedy)
        default: break
        }
      }
    }
  }

  private static let remedy = "The kernel must have sock_diag (CONFIG_UNIX_DIAG, CONFIG_INET_DIAG)."

  private static func send<Request>(_ request: Request, to socket: BorrowedFD, _ subject: String) throws(Failure) {
    let headerByteCount = MemoryLayout<cl_netlink_header>.size
    var packet = [UInt8](repeating: 0, count: headerByteCount + MemoryLayout<Request>.size)
    packet.withUnsafeMutableBytes { packet in
      packet.storeBytes(
        of: cl_netlink_header(
          byte_count: UInt32(packet.count), type: UInt16(CL_SOCK_DIAG_BY_FAMILY),
          flags: UInt16(CL_NLM_F_REQUEST | CL_NLM_F_DUMP), sequence: 1, port: 0), as: cl_netlink_header.self)
      withUnsafeBytes(of: request) { packet[headerByteCount...].copyBytes(from: $0) }
    }
    try socket.write(packet.span.bytes, subject)
  }
}

/// How much a socket may hold (socket(7): SO_SNDBUF, SO_RCVBUF), as a list of the kernel tells.
public struct SocketBuffers: Hashable, Sendable {
  public let send: UInt32
  public let receive: UInt32

  public init(send: UInt32, receive: UInt32) {
    self.send = send
    self.receive = receive
  }

  /// - Parameter memory: linux/sock_diag.h, SK_MEMINFO: words, the second is SO_RCVBUF, the fourth SO_SNDBUF.
  /// - Returns: `nil` for a list without it.
  init?(memory: ArraySlice<UInt8>?) {
    guard let memory, memory.count >= 16 else { return nil }
    self.init(send: memory.number(at: 12), receive: memory.number(at: 4))
  }
}
