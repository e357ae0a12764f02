internal import Linux

/// What drops packets between a dump and a restore, tried in an empty network.
let firewallFeatures: [Feature] = [
  Feature("nftables", .specific, "network namespaces with nftables") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      try Netlink(.netfilter).change("make a table of nftables", batch: [newTable])
    }
  },
  Feature("network_lock_nftables", .specific, "TCP connections locked by nftables") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      // A set of pairs of addresses: two fields of four bytes.
      var field = NetlinkBody()
      field.append(attribute: 1, networkOrder: 4)
      var fields = NetlinkBody()
      fields.append(attribute: 1, nested: field)
      fields.append(attribute: 1, nested: field)
      var description = NetlinkBody()
      description.append(attribute: 2, nested: fields)
      var set = NetlinkBody(header: internetTables)
      set.append(attribute: 1, "probe")
      set.append(attribute: 2, "pairs")
      let concatenated: UInt32 = 0x80
      set.append(attribute: 3, networkOrder: concatenated)
      set.append(attribute: 4, networkOrder: 0)
      set.append(attribute: 5, networkOrder: 8)
      set.append(attribute: 9, nested: description)
      set.append(attribute: 10, networkOrder: 1)
      try Netlink(.netfilter).change("make a set of pairs", batch: [newTable, (0xA09, create, set)])
    }
  },
  Feature("has_ipt_legacy", .named, "network namespaces with the older iptables") { () throws(Failure) in
    try inOwnNetwork { () throws(Failure) in
      let raw = 3
      let socket = try openSocket(2, raw, 255)
      var info = Array("filter".utf8) + [UInt8](repeating: 0, count: 78)  // struct ipt_getinfo
      var byteCount: [Int32] = [84]
      try Trial.withBytes(&info) { info throws(Failure) in
        try Trial.withBytes(&byteCount) { byteCount throws(Failure) in
          try Trial.call("read a table of iptables", ProbeCall.getsockopt, socket, 0, 64, info, byteCount)
        }
      }
    }
  },
]

/// NLM_F_CREATE
private let create: UInt16 = 0x400

/// struct nfgenmsg: NFPROTO_INET, version 0, no resource
private let internetTables: [UInt8] = [1, 0, 0, 0]

/// NFT_MSG_NEWTABLE of the table "probe"
private var newTable: (type: UInt16, flags: UInt16, body: NetlinkBody) {
  var table = NetlinkBody(header: internetTables)
  table.append(attribute: 1, "probe")
  return (0xA00, create, table)
}
