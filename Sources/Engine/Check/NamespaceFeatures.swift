internal import Linux

/// Namespaces (namespaces(7)), made in children only.
let namespaceFeatures: [Feature] = [
  Feature("userns", .specific, "user namespaces") { () throws(Failure) in try makeNamespace(0x1000_0000) },
  Feature("cgroupns", .specific, "cgroup namespaces") { () throws(Failure) in try makeNamespace(0x0200_0000) },
  Feature("timens", .specific, "time namespaces") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      try Trial.call("make a time namespace", ProbeCall.unshare, 0x80)
      try writeText("monotonic 5 0\n", to: "/proc/self/timens_offsets", "set the clock of a time namespace", remedy: "")
    }
  },
  Feature("external_net_ns", .specific, "trees in a network namespace of others") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      let (own, other) = try twoNetworks()
      let kindOfNamespace = 0xB703  // NS_GET_NSTYPE
      guard try Trial.call("ask what a namespace is", ProbeCall.ioctl, other, kindOfNamespace) == newNetwork else {
        throw Trial.missing("tell a network namespace from others")
      }
      try Trial.call("join a network namespace", ProbeCall.setns, other, newNetwork)
      try Trial.call("join a network namespace", ProbeCall.setns, own, newNetwork)
    }
  },
  Feature("nsid", .specific, "links between network namespaces") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      let (_, other) = try twoNetworks()
      try numberNamespace(other, 5)
      let getNumber: UInt16 = 90, numberOfNamespace: UInt16 = 1, descriptorOfNamespace: UInt16 = 3
      var request = NetlinkBody(header: [0, 0, 0, 0])
      request.append(attribute: descriptorOfNamespace, UInt32(other))
      let answer = try Netlink(.route).ask("read the number of a namespace", type: getNumber, request)
      guard answer.attribute(numberOfNamespace, afterHeader: 4) == 5 else {
        throw Trial.missing("read the number of a namespace as it was set")
      }
    }
  },
]

/// CLONE_NEWNET
let newNetwork = 0x4000_0000

private func makeNamespace(_ flag: Int) throws(Failure) {
  try Trial.inChild { () throws(Failure) in try Trial.call("make the namespace", ProbeCall.unshare, flag) }
}

/// Runs `body` in a child with an empty network of its own.
func inOwnNetwork(_ body: () throws(Failure) -> Void) throws(Failure) {
  try Trial.inChild { () throws(Failure) in
    try Trial.call("make a network namespace", ProbeCall.unshare, newNetwork)
    try body()
  }
}

/// Descriptors of the network that this process is in, which becomes a new one, and of the one before it.
func twoNetworks() throws(Failure) -> (own: Int, other: Int) {
  let other = try Trial.openPath("/proc/self/ns/net")
  try Trial.call("make a network namespace", ProbeCall.unshare, newNetwork)
  return (try Trial.openPath("/proc/self/ns/net"), other)
}

/// Gives another network namespace a number within ours (RTM_NEWNSID).
func numberNamespace(_ descriptor: Int, _ number: UInt32) throws(Failure) {
  let newNumber: UInt16 = 88
  var request = NetlinkBody(header: [0, 0, 0, 0])
  request.append(attribute: 1, number)
  request.append(attribute: 3, UInt32(descriptor))
  try Netlink(.route).change("give a namespace a number", type: newNumber, request)
}
