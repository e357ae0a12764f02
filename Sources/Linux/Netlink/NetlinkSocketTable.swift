internal import CLinux

/// A netlink socket as the kernel lists it.
public struct NetlinkSocketDescription: Hashable, Sendable {
  public let inode: UInt32
  /// NETLINK_ROUTE 0, ...
  public let protocolNumber: UInt8
  /// 0 not connected, 1 connected.
  public let state: UInt8
  /// 0 for a socket that is not bound.
  public let port: UInt32
  public let destinationPort: UInt32
  /// The number of one, 0 for none.
  public let destinationGroup: UInt32
  /// Multicast groups that it is a member of, from 1 on: bit 0 of the first word is group 1. No word of zeros at the end.
  public let groups: [UInt32]
}

/// The netlink sockets in this network namespace, by inode (sock_diag(7)).
public struct NetlinkSocketTable: Sendable {
  public let sockets: [UInt32: NetlinkSocketDescription]

  // linux/netlink_diag.h
  private static let allProtocols: UInt8 = 255
  private static let showGroups: UInt32 = 2
  private static let groupsAttribute: UInt16 = 1

  /// - Returns: Empty where the kernel cannot list them.
  public static func read() throws(Failure) -> NetlinkSocketTable {
    var request = cl_list_request()
    request.family = UInt8(CL_AF_NETLINK)
    request.protocol = allProtocols
    request.show = showGroups
    guard let messages = try SocketDiagnosis.list(request, "netlink") else { return NetlinkSocketTable(sockets: [:]) }
    return try NetlinkSocketTable(parsing: messages)
  }

  private init(sockets: [UInt32: NetlinkSocketDescription]) { self.sockets = sockets }

  init(parsing messages: NetlinkMessages) throws(Failure) {
    var sockets: [UInt32: NetlinkSocketDescription] = [:]
    for message in try messages.messages() where message.type == CL_SOCK_DIAG_BY_FAMILY {
      let answer = try messages.structure(cl_netlink_answer.self, in: message.body)
      let attributes = try messages.attributes(in: message.body, after: MemoryLayout<cl_netlink_answer>.size)
      let mask = attributes[NetlinkSocketTable.groupsAttribute] ?? []
      var groups = stride(from: 0, to: mask.count, by: 4).map { mask.number(at: $0) }
      while groups.last == 0 { groups.removeLast() }
      sockets[answer.inode] = NetlinkSocketDescription(
        inode: answer.inode, protocolNumber: answer.protocol, state: answer.state, port: answer.port,
        destinationPort: answer.destination_port, destinationGroup: answer.destination_group, groups: groups)
    }
    self.sockets = sockets
  }
}
