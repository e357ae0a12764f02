internal import Linux

private let internet = 2, internet6 = 10, unixFamily = 1
private let stream = 1, datagram = 2

/// Sockets and their options.
let socketFeatures: [Feature] = [
  Feature("tcp_half_closed", .specific, "TCP connections of which one end is closed") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      let connection = try connectToItself()
      let write = 1, tcp = 6, repairOption = 19
      try Trial.call("close one end of a connection", ProbeCall.shutdown, connection, write)
      try setOption("put a closed connection into repair mode", connection, tcp, repairOption, 1)
    }
  },
  Feature("sockopt_buf_lock", .specific, "sockets whose buffers are set") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in try setOption("lock buffers", try openSocket(internet, stream), 1, 72, 1)
    }
  },
  Feature("ipv6_freebind", .specific, "IPv6 sockets bound to addresses that are gone") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in try setOption("bind freely", try openSocket(internet6, stream), 41, 78, 1)
    }
  },
  Feature("net_diag_raw", .specific, "raw sockets") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      var request = NetlinkBody(header: [UInt8(internet), 255, 0, 0])  // IPPROTO_RAW
      request.append(UInt32.max)
      request.append([UInt32](repeating: 0, count: 12))  // struct inet_diag_sockid
      do throws(Failure) { try Netlink(.socketDiagnosis).dump("list raw sockets", type: 20, request) } catch {
        // Where the kernel is built without the list, the socket itself tells, and we can take it from its task.
        try readProtocol(of: try openSocket(internet, 3, 255))
      }
    }
  },
  Feature("sk_ns", .specific, "sockets of several network namespaces") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let socket = try openSocket(internet, stream)
      try Trial.call("find the namespace of a socket", ProbeCall.ioctl, socket, 0x894C)  // SIOCGSKNS
    }
  },
  Feature("sk_unix_file", .specific, "unix sockets whose files moved") { () throws(Failure) in
    try inOwnMounts { root throws(Failure) in
      let socket = try openSocket(unixFamily, stream)
      var address = [UInt8(unixFamily), 0] + Array((root + "/socket").utf8) + [0]
      let byteCount = address.count
      try Trial.withBytes(&address) { address throws(Failure) in
        try Trial.call("bind a socket", ProbeCall.bind, socket, address, byteCount)
      }
      try Trial.call("open the file of a socket", ProbeCall.ioctl, socket, 0x89E0)  // SIOCUNIXFILE
    }
  },
]

/// SO_PROTOCOL
private func readProtocol(of socket: Int) throws(Failure) {
  var number: [Int32] = [0], byteCount: [Int32] = [4]
  try Trial.withBytes(&number) { number throws(Failure) in
    try Trial.withBytes(&byteCount) { byteCount throws(Failure) in
      try Trial.call("read the protocol of a socket", ProbeCall.getsockopt, socket, 1, 38, number, byteCount)
    }
  }
}

func openSocket(_ family: Int, _ type: Int, _ protocolNumber: Int = 0) throws(Failure) -> Int {
  try Trial.call("open a socket", ProbeCall.socket, family, type, protocolNumber)
}

private func setOption(
  _ attempted: String, _ socket: Int, _ level: Int, _ option: Int, _ value: Int32
) throws(Failure) {
  var value = [value]
  try Trial.withBytes(&value) { value throws(Failure) in
    try Trial.call(attempted, ProbeCall.setsockopt, socket, level, option, value, 4)
  }
}

/// A TCP connection over the loopback device, which it brings up.
private func connectToItself() throws(Failure) -> Int {
  let control = try openSocket(internet, datagram)
  var request = Array("lo".utf8) + [UInt8](repeating: 0, count: 14) + [1, 0] + [UInt8](repeating: 0, count: 22)
  try Trial.withBytes(&request) { request throws(Failure) in
    try Trial.call("bring the loopback device up", ProbeCall.ioctl, control, 0x8914, request)  // SIOCSIFFLAGS, IFF_UP
  }
  let listener = try openSocket(internet, stream)
  var address: [UInt8] = [UInt8(internet), 0, 0x30, 0x39, 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
  let connection = try openSocket(internet, stream)
  try Trial.withBytes(&address) { address throws(Failure) in
    try Trial.call("bind a socket", ProbeCall.bind, listener, address, 16)
    try Trial.call("listen", ProbeCall.listen, listener, 1)
    try Trial.call("connect to ourselves", ProbeCall.connect, connection, address, 16)
  }
  return connection
}
