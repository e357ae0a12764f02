internal import CLinux

/// An internet socket as the kernel lists it.
public struct InetSocketDescription: Hashable, Sendable {
  public let inode: UInt32
  public let family: UInt8
  /// States of TCP, which other protocols use too: 1 established, 7 closed, 10 listening.
  public let state: UInt8
  /// Host byte order.
  public let sourcePort: UInt16
  public let destinationPort: UInt16
  /// Network byte order; IPv4 uses the first word only.
  public let source: [UInt32]
  public let destination: [UInt32]
  /// Index of the device that it is bound to, 0 for any.
  public let interface: UInt32
  /// Bytes to be read; of a listening socket, connections to be accepted.
  public let receiveQueue: UInt32
  /// Bytes not sent or not acknowledged; of a listening socket, its backlog.
  public let writeQueue: UInt32
  /// Bit 0: no reading, bit 1: no writing.
  public let shutdown: UInt8
  public let buffers: SocketBuffers?
}

/// The sockets of one family and protocol in this network namespace, by inode (sock_diag(7)). A socket that was neither
/// bound nor connected is not listed.
public struct InetSocketTable: Sendable {
  public let sockets: [UInt32: InetSocketDescription]

  /// - Parameters:
  ///   - family: AF_INET 2, AF_INET6 10.
  ///   - protocol: IPPROTO_TCP 6, IPPROTO_UDP 17, ...
  ///   - isRaw: The raw sockets for packets of the protocol (struct inet_diag_req_raw).
  /// - Returns: Empty where the kernel cannot list the protocol.
  public static func read(
    family: UInt32, protocol number: UInt32, isRaw: Bool = false
  ) throws(Failure) -> InetSocketTable {
    var request = cl_inet_request()
    request.family = UInt8(truncatingIfNeeded: family)
    let rawProtocol: UInt8 = 255
    request.protocol = isRaw ? rawProtocol : UInt8(truncatingIfNeeded: number)
    if isRaw { request.padding = UInt8(truncatingIfNeeded: number) }
    request.states = .max
    request.extensions = 1 << (memoryAttribute - 1)
    guard let messages = try SocketDiagnosis.list(request, "family \(family), protocol \(number)") else {
      return InetSocketTable(sockets: [:])
    }
    return try InetSocketTable(parsing: messages)
  }

  private init(sockets: [UInt32: InetSocketDescription]) { self.sockets = sockets }

  // linux/inet_diag.h: INET_DIAG_SKMEMINFO and INET_DIAG_SHUTDOWN.
  private static let memoryAttribute: UInt16 = 7
  private static let shutdownAttribute: UInt16 = 8

  init(parsing messages: NetlinkMessages) throws(Failure) {
    var sockets: [UInt32: InetSocketDescription] = [:]
    let all = try messages.messages()
    sockets.reserveCapacity(all.count)
    for message in all where message.type == CL_SOCK_DIAG_BY_FAMILY {
      let answer = try messages.structure(cl_inet_answer.self, in: message.body)
      // Time-wait and new connections belong to no socket of a process.
      guard answer.inode != 0 else { continue }
      let attributes = try messages.attributes(in: message.body, after: MemoryLayout<cl_inet_answer>.size)
      let wordCount = CInt(answer.family) == CL_AF_INET ? 1 : 4
      let (s, d) = (answer.id.source, answer.id.destination)
      sockets[answer.inode] = InetSocketDescription(
        inode: answer.inode, family: answer.family, state: answer.state,
        sourcePort: UInt16(bigEndian: answer.id.source_port),
        destinationPort: UInt16(bigEndian: answer.id.destination_port),
        source: Array([s.0, s.1, s.2, s.3].prefix(wordCount)),
        destination: Array([d.0, d.1, d.2, d.3].prefix(wordCount)), interface: answer.id.interface,
        receiveQueue: answer.receive_queue, writeQueue: answer.write_queue,
        shutdown: attributes[InetSocketTable.shutdownAttribute]?.first ?? 0,
        buffers: SocketBuffers(memory: attributes[InetSocketTable.memoryAttribute]))
    }
    self.sockets = sockets
  }
}
