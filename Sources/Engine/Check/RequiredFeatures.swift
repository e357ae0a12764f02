internal import Linux

/// What this engine cannot do without, beside named features of that category. They have names of our own.
let requiredFeatures: [Feature] = [
  Feature("map_files", .specific, "finding mapped files that have no name any more") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let file = try Trial.openPath("/proc/self/exe")
      let readOnly = 1, privateFlag = 2
      let start = try Trial.call("map a file", ProbeCall.mmap, 0, 4096, readOnly, privateFlag, file, 0)
      _ = try Trial.openPath("/proc/self/map_files/\(Trial.hex(start))-\(Trial.hex(start + 4096))")
    }
  },
  Feature("kcmp", .required, "telling what tasks share") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let pid = Int(currentPid())
      let file = 0
      guard try Trial.call("compare descriptors", ProbeCall.kcmp, pid, pid, file, 2, 2) == 0 else {
        throw Trial.missing("compare a descriptor with itself")
      }
    }
  },
  Feature("set_mm_map", .required, "restoring the layout of memory") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let setMM = 35, mapSize = 15
      var size: [UInt32] = [0]
      try Trial.withBytes(&size) { size throws(Failure) in
        try Trial.call("ask for the size of a memory layout", ProbeCall.prctl, setMM, mapSize, size)
      }
    }
  },
  Feature("peek_signals", .required, "dumping pending signals") { () throws(Failure) in
    try inTracer { child throws(Failure) in
      let peekSignalInfo = 0x4209
      var arguments: [UInt64] = [0, 1]  // offset and flags, then count
      var info = [UInt64](repeating: 0, count: 16)
      try Trial.withBytes(&arguments) { arguments throws(Failure) in
        try Trial.withBytes(&info) { info throws(Failure) in
          try Trial.call("read pending signals", ProbeCall.ptrace, peekSignalInfo, child, arguments, info)
        }
      }
    }
  },
  Feature("sock_diag", .required, "finding sockets") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let link = try Netlink(.socketDiagnosis)
      var request = NetlinkBody(header: [1, 0, 0, 0])  // AF_UNIX
      request.append(UInt32.max)  // every state
      request.append([UInt32](repeating: 0, count: 4))  // inode, what to show, cookie
      try link.dump("list unix sockets", type: 20, request)  // SOCK_DIAG_BY_FAMILY
    }
  },
]
