internal import CLinux

/// A unix socket as the kernel lists it.
public struct UnixSocketDescription: Hashable, Sendable {
  public let inode: UInt32
  /// SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5.
  public let type: UInt8
  /// TCP_ESTABLISHED 1, TCP_CLOSE 7, TCP_LISTEN 10.
  public let state: UInt8
  /// As in sun_path: a path with its final NUL, an abstract name with the leading NUL, or empty.
  public let name: [UInt8]
  /// Where a path was bound; `nil` for other names.
  public let node: Node?
  /// Inode of the peer; 0 for none, and for one that no process has any more.
  public let peer: UInt32
  /// Of a listening socket: inodes of the clients that are not accepted yet, in order; 0 for one that is closed.
  public let waiting: [UInt32]
  /// Bytes to be read; of a listening socket, connections to be accepted.
  public let receiveQueue: UInt32
  /// Bytes written that were not read; of a listening socket, its backlog.
  public let writeQueue: UInt32
  /// Bit 0: no reading, bit 1: no writing.
  public let shutdown: UInt8
  public let buffers: SocketBuffers?

  /// The inode that a path stands for.
  public struct Node: Hashable, Sendable {
    public let inode: UInt32
    public let device: DeviceNumber
  }
}

/// All unix sockets of this network namespace, by inode, as the kernel lists them (sock_diag(7)).
public struct UnixSocketTable: Sendable {
  public let sockets: [UInt32: UnixSocketDescription]

  /// - Throws: `EOPNOTSUPP` the kernel cannot list them.
  public static func read() throws(Failure) -> UnixSocketTable {
    let request = cl_unix_request(
      family: UInt8(CL_AF_UNIX), protocol: 0, padding: 0, states: .max, inode: 0, show: showAll, cookie: (0, 0))
    guard let messages = try SocketDiagnosis.list(request, "unix sockets") else {
      throw Failure(
        "list the sockets", "unix sockets", .notSupported, remedy: "The kernel must have CONFIG_UNIX_DIAG.")
    }
    return try UnixSocketTable(parsing: messages)
  }

  // linux/unix_diag.h: UDIAG_SHOW_NAME, VFS, PEER, ICONS, RQLEN, MEMINFO.
  private static let showAll: UInt32 = 0x3f

  // linux/unix_diag.h: attributes of an answer.
  private enum Attribute {
    static let name: UInt16 = 0
    static let node: UInt16 = 1
    static let peer: UInt16 = 2
    static let waiting: UInt16 = 3
    static let queues: UInt16 = 4
    static let memory: UInt16 = 5
    static let shutdown: UInt16 = 6
  }

  init(parsing messages: NetlinkMessages) throws(Failure) {
    var sockets: [UInt32: UnixSocketDescription] = [:]
    let all = try messages.messages()
    sockets.reserveCapacity(all.count)
    for message in all where message.type == CL_SOCK_DIAG_BY_FAMILY {
      let answer = try messages.structure(cl_unix_answer.self, in: message.body)
      let attributes = try messages.attributes(in: message.body, after: MemoryLayout<cl_unix_answer>.size)
      let waiting = attributes[Attribute.waiting] ?? []
      sockets[answer.inode] = UnixSocketDescription(
        inode: answer.inode, type: answer.type, state: answer.state, name: Array(attributes[Attribute.name] ?? []),
        node: attributes[Attribute.node].map {
          let device = $0.number(at: 4)
          return .init(inode: $0.number(), device: DeviceNumber(major: device >> 20, minor: device & 0xfffff))
        },
        peer: attributes[Attribute.peer]?.number() ?? 0,
        waiting: stride(from: 0, to: waiting.count, by: 4).map { waiting.number(at: $0) },
        receiveQueue: attributes[Attribute.queues]?.number() ?? 0,
        writeQueue: attributes[Attribute.queues]?.number(at: 4) ?? 0,
        shutdown: attributes[Attribute.shutdown]?.first ?? 0,
        buffers: SocketBuffers(memory: attributes[Attribute.memory]))
    }
    self.sockets = sockets
  }
}
