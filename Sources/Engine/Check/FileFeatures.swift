internal import Linux

/// Descriptors and what /proc tells of them.
let fileFeatures: [Feature] = [
  Feature("mnt_id", .required, "telling the mounts of open files") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      try expectLine("mnt_id:", ofDescriptor: try Trial.openPath("/proc/self/exe"))
    }
  },
  Feature("fdinfo_lock", .specific, "dumping file locks") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let file = try Trial.withText("probe") { name throws(Failure) in
        try Trial.call("make a memfd", ProbeCall.memfdCreate, name, 0)
      }
      let exclusive = 2
      try Trial.call("lock a file", ProbeCall.flock, file, exclusive)
      try expectLine("lock:", ofDescriptor: file)
    }
  },
  Feature("kcmp_epoll", .specific, "epoll descriptors whose files have other numbers now") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let epoll = try Trial.call("make an epoll descriptor", ProbeCall.epollCreate, 0)
      let (reader, _) = try Trial.makePipe()
      let add = 1, pollIn: UInt64 = 1
      var event: [UInt64] = [pollIn, 0]
      try Trial.withBytes(&event) { event throws(Failure) in
        try Trial.call("watch a pipe", ProbeCall.epollControl, epoll, add, reader, event)
      }
      let epollTarget = 7, pid = Int(currentPid())
      var slot: [UInt32] = [UInt32(epoll), UInt32(reader), 0]
      try Trial.withBytes(&slot) { slot throws(Failure) in
        guard
          try Trial.call("compare an epoll target", ProbeCall.kcmp, pid, pid, epollTarget, reader, slot) == 0
        else { throw Trial.missing("find an epoll target") }
      }
    }
  },
  Feature("timerfd", .specific, "timer descriptors that have expired") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let monotonic = 1
      let timer = try Trial.call("make a timer descriptor", ProbeCall.timerfdCreate, monotonic, 0)
      try expectLine("ticks:", ofDescriptor: timer)
      let setTicks = 0x4008_5400  // TFD_IOC_SET_TICKS
      var ticks: [UInt64] = [3]
      try Trial.withBytes(&ticks) { ticks throws(Failure) in
        try Trial.call("set the ticks of a timer", ProbeCall.ioctl, timer, setTicks, ticks)
      }
      try expectLine("ticks: 3", ofDescriptor: timer)
    }
  },
  Feature("pidfd_store", .specific, "knowing a task of a pre-dump again") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let pid = Int(currentPid())
      let task = try Trial.call("open a task", ProbeCall.pidfdOpen, pid, 0)
      try Trial.call("take a descriptor of a task", ProbeCall.pidfdGetfd, task, task, 0)
    }
  },
  Feature("openat2", .specific, "opening files without leaving their mount") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let path: UInt64 = 0x200000, noMountCrossing: UInt64 = 1
      var how: [UInt64] = [path, 0, noMountCrossing]
      try Trial.withBytes(&how) { how throws(Failure) in
        try Trial.withText("/") { name throws(Failure) in
          try Trial.call("open within a mount", ProbeCall.openat2, Int(File.workingDirectory), name, how, 24)
        }
      }
    }
  },
  Feature("aio_remap", .specific, "tasks with asynchronous I/O") { () throws(Failure) in
    try Trial.inChild(moveAsynchronousRing)
  },
]

func expectLine(_ start: String, ofDescriptor descriptor: Int) throws(Failure) {
  let text = try readText("/proc/self/fdinfo/\(descriptor)")
  guard text.split(separator: "\n").contains(where: { $0.hasPrefix(start) }) else {
    throw Trial.missing("find \"\(start)\" in what /proc tells of a descriptor")
  }
}

/// A ring must answer at its new address after mremap(2), as a restore moves it.
private func moveAsynchronousRing() throws(Failure) {
  var context: [UInt64] = [0]
  try Trial.withBytes(&context) { context throws(Failure) in
    try Trial.call("make a ring", ProbeCall.ioSetup, 2, context)
  }
  let start = Int(context[0])
  guard let ring = try Trial.mappings().first(where: { $0.start == start }) else {
    throw Trial.missing("find the ring")
  }
  let target = try Trial.mapPages(ring.byteCount / 4096)
  let mayMoveFixed = 3
  try Trial.call("move the ring", ProbeCall.mremap, start, ring.byteCount, ring.byteCount, mayMoveFixed, target)
  var events = [UInt64](repeating: 0, count: 4)
  var noTime: [Int] = [0, 0]
  try Trial.withBytes(&events) { events throws(Failure) in
    try Trial.withBytes(&noTime) { noTime throws(Failure) in
      try Trial.call("use the moved ring", ProbeCall.ioGetEvents, target, 0, 1, events, noTime)
    }
  }
}
