internal import CLinux

/// A packet socket as the kernel lists it (packet(7)).
public struct PacketSocketDescription: Hashable, Sendable {
  /// A promise to a device to take more of its packets.
  public struct Membership: Hashable, Sendable {
    public let device: UInt32
    /// How often it was asked for.
    public let count: UInt32
    /// PACKET_MR_MULTICAST 0, PROMISC 1, ALLMULTI 2, UNICAST 3.
    public let type: UInt16
    public let address: [UInt8]
  }

  public let inode: UInt32
  /// SOCK_RAW 3, SOCK_DGRAM 2, SOCK_PACKET 10.
  public let type: UInt8
  /// Host byte order.
  public let protocolNumber: UInt16
  /// Index of the device that it is bound to, 0 for none.
  public let device: UInt32
  public let version, reserve, copyThreshold, timestamp: UInt32
  public let hasAuxiliaryData, hasOriginalDevice, hasVirtualHeader, hasLoss: Bool
  public let memberships: [Membership]
  /// The words of struct tpacket_req3, as setsockopt(2) takes them; `nil` without a ring.
  public let receiveRing, sendRing: [UInt32]?
  public let isInFanout: Bool
}

/// The packet sockets in this network namespace, by inode (sock_diag(7)).
public struct PacketSocketTable: Sendable {
  public let sockets: [UInt32: PacketSocketDescription]

  /// linux/packet_diag.h, PACKET_DIAG_*.
  private enum Attribute {
    static let info: UInt16 = 0
    static let memberships: UInt16 = 1
    static let receiveRing: UInt16 = 2
    static let sendRing: UInt16 = 3
    static let fanout: UInt16 = 4
  }

  /// - Returns: Empty where the kernel cannot list them.
  public static func read() throws(Failure) -> PacketSocketTable {
    var request = cl_list_request()
    request.family = UInt8(CL_AF_PACKET)
    request.show = 0xf  // PACKET_SHOW_INFO, _MCLIST, _RING_CFG, _FANOUT
    guard let messages = try SocketDiagnosis.list(request, "packet") else { return PacketSocketTable(sockets: [:]) }
    return try PacketSocketTable(parsing: messages)
  }

  private init(sockets: [UInt32: PacketSocketDescription]) { self.sockets = sockets }

  init(parsing messages: NetlinkMessages) throws(Failure) {
    var sockets: [UInt32: PacketSocketDescription] = [:]
    for message in try messages.messages() where message.type == CL_SOCK_DIAG_BY_FAMILY {
      let answer = try messages.structure(cl_packet_answer.self, in: message.body)
      let attributes = try messages.attributes(in: message.body, after: MemoryLayout<cl_packet_answer>.size)
      // struct packet_diag_info: device, version, reserve, copy threshold, timestamp, flags.
      let info = attributes[Attribute.info] ?? []
      let flags = info.number(at: 20)
      sockets[answer.inode] = PacketSocketDescription(
        inode: answer.inode, type: answer.type, protocolNumber: answer.protocol, device: info.number(),
        version: info.number(at: 4), reserve: info.number(at: 8), copyThreshold: info.number(at: 12),
        timestamp: info.number(at: 16), hasAuxiliaryData: flags & 2 != 0, hasOriginalDevice: flags & 4 != 0,
        hasVirtualHeader: flags & 8 != 0, hasLoss: flags & 16 != 0,
        memberships: Self.memberships(attributes[Attribute.memberships] ?? []),
        receiveRing: attributes[Attribute.receiveRing].map(Self.words), sendRing: attributes[Attribute.sendRing].map(Self.words),
        isInFanout: attributes[Attribute.fanout] != nil)
    }
    self.sockets = sockets
  }

  /// struct packet_diag_mclist: device, count, type and byte count of the address in 16 bits each, 32 bytes for it.
  private static func memberships(_ bytes: ArraySlice<UInt8>) -> [PacketSocketDescription.Membership] {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: 44).map { start in
      let one = bytes[start..<min(start + 44, bytes.endIndex)]
      let (type, byteCount) = (one.number(at: 8) & 0xffff, one.number(at: 8) >> 16)
      return PacketSocketDescription.Membership(
        device: one.number(), count: one.number(at: 4), type: UInt16(type),
        address: Array(one.dropFirst(12).prefix(Int(byteCount))))
    }
  }

  private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt32] {
    stride(from: 0, to: bytes.count, by: 4).map { bytes.number(at: $0) }
  }
}
