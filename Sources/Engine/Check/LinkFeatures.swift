internal import Linux

/// Network devices.
let linkFeatures: [Feature] = [
  Feature("tun", .specific, "TUN devices") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      let device = try openTunnel()
      var request = [UInt8](repeating: 0, count: 40)
      try Trial.withBytes(&request) { request throws(Failure) in
        try Trial.call("read the state of a TUN device", ProbeCall.ioctl, device, 0x8004_54D2, request)  // TUNGETIFF
      }
    }
  },
  Feature("tun_ns", .specific, "TUN devices of several network namespaces") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      try Trial.call("find the namespace of a TUN device", ProbeCall.ioctl, try openTunnel(), 0x894C)  // SIOCGSKNS
    }
  },
  Feature("link_nsid", .specific, "links between network namespaces") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      let (_, other) = try twoNetworks()
      try numberNamespace(other, 5)
      try addVirtualEthernet("make a link to a numbered namespace", linkedTo: 5)
    }
  },
  Feature("newifindex", .specific, "devices moved between network namespaces") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      let (_, other) = try twoNetworks()
      try addVirtualEthernet("make a link", linkedTo: nil)
      let setLink: UInt16 = 19, nameAttribute: UInt16 = 3, namespaceDescriptor: UInt16 = 28, newIndex: UInt16 = 49
      var request = NetlinkBody(header: linkHeader)
      request.append(attribute: nameAttribute, "probe0")
      request.append(attribute: namespaceDescriptor, UInt32(other))
      request.append(attribute: newIndex, 77)
      try Netlink(.route).change("move a link", type: setLink, request)
      // A kernel that does not know the attribute passes over it.
      try Trial.call("join a network namespace", ProbeCall.setns, other, newNetwork)
      var name = [UInt8](repeating: 0, count: 16) + [77] + [UInt8](repeating: 0, count: 23)
      try Trial.withBytes(&name) { name throws(Failure) in
        try Trial.call("find the moved link", ProbeCall.ioctl, try openSocket(2, 2), 0x8910, name)  // SIOCGIFNAME
      }
    }
  },
]

/// struct ifinfomsg, all zero
private let linkHeader = [UInt8](repeating: 0, count: 16)

private func openTunnel() throws(Failure) -> Int {
  let readWrite = 2
  let device = try Trial.openPath("/dev/net/tun", flags: readWrite)
  // struct ifreq: name, then IFF_TUN | IFF_NO_PI
  let name = Array("probe%d".utf8) + [UInt8](repeating: 0, count: 9)
  var request = name + [0x01, 0x10] + [UInt8](repeating: 0, count: 22)
  try Trial.withBytes(&request) { request throws(Failure) in
    try Trial.call("make a TUN device", ProbeCall.ioctl, device, 0x4004_54CA, request)  // TUNSETIFF
  }
  return device
}

/// Makes "probe0" and its peer (RTM_NEWLINK).
///
/// - Parameter namespace: Number of the namespace that the peer goes to (IFLA_LINK_NETNSID); ours without it.
private func addVirtualEthernet(_ attempted: String, linkedTo namespace: UInt32?) throws(Failure) {
  let newLink: UInt16 = 16, createExclusive: UInt16 = 0x600
  var kind = NetlinkBody()
  kind.append(attribute: 1, "veth")
  var request = NetlinkBody(header: linkHeader)
  request.append(attribute: 3, "probe0")
  request.append(attribute: 18, nested: kind)  // IFLA_LINKINFO
  if let namespace { request.append(attribute: 37, namespace) }
  try Netlink(.route).change(attempted, type: newLink, flags: createExclusive, request)
}
