internal import Linux

/// Descriptors and what /proc tells of them.
let fileFeatures: [Feature] = [
  Feature("mnt_id", .required, "telling the mounts of open files") { () throws(Failure) in
    try inChild { () throws(Failure) in
      try expectLine("mnt_id:", ofDescriptor: try openPath("/proc/self/exe"))
    }
  },
  Feature("fdinfo_lock", .specific, "dumping file locks") { () throws(Failure) in
    try inChild { () throws(Failure) in
      let file = try withText("probe") { name throws(Failure) in
        try call("make a memfd", ProbeCall.memfdCreate, name, 0)
      }
      let exclusive = 2
      try call("lock a file", ProbeCall.flock, file, exclusive)
      try expectLine("lock:", ofDescriptor: file)
    }
  },
  Feature("kcmp_epoll", .specific, "epoll descriptors whose files have other numbers now") { () throws(Failure) in
    try inChild { () throws(Failure) in
      let epoll = try call("make an epoll descriptor", ProbeCall.epollCreate, 0)
      let (reader, _) = try makePipe()
      let add = 1, pollIn: UInt64 = 1
      var event: [UInt64] = [pollIn, 0]
      try withBytes(&event) { event throws(Failure) in
        try call("watch a pipe", ProbeCall.epollControl, epoll, add, reader, event)
      }
      let epollTarget = 7, pid = Int(currentPid())
      var slot: [UInt32] = [UInt32(epoll), UInt32(reader), 0]
      try withBytes(&slot) { slot throws(Failure) in
        guard
          try call("compare an epoll target", ProbeCall.kcmp, pid, pid, epollTarget, reader, slot) == 0
        else { throw missing("find an epoll target") }
      }
    }
  },
  Feature("timerfd", .specific, "timer descriptors that have expired") { () throws(Failure) in
    try inChild { () throws(Failure) in
      let monotonic = 1
      let timer = try call("make a timer descriptor", ProbeCall.timerfdCreate, monotonic, 0)
      try expectLine("ticks:", ofDescriptor: timer)
      let setTicks = 0x4008_5400  // TFD_IOC_SET_TICKS
      var ticks: [UInt64] = [3]
      try withBytes(&ticks) { ticks throws(Failure) in
        try call("set the ticks of a timer", ProbeCall.ioctl, timer, setTicks, ticks)
      }
      try expectLine("ticks: 3", ofDescriptor: timer)
    }
  },
  Feature("pidfd_store", .specific, "knowing a task of a pre-dump again") { () throws(Failure) in
    try inChild { () throws(Failure) in
      let pid = Int(currentPid())
      let task = try call("open a task", ProbeCall.pidfdOpen, pid, 0)
      try call("take a descriptor of a task", ProbeCall.pidfdGetfd, task, task, 0)
    }
  },
  Feature("openat2", .specific, "opening files without leaving their mount") { () throws(Failure) in
    try inChild { () throws(Failure) in
      let path: UInt64 = 0x200000, noMountCrossing: UInt64 = 1
      var how: [UInt64] = [path, 0, noMountCrossing]
      try withBytes(&how) { how throws(Failure) in
        try withText("/") { name throws(Failure) in
          try call("open within a mount", ProbeCall.openat2, Int(File.workingDirectory), name, how, 24)
        }
      }
    }
  },
  Feature("aio_remap", .specific, "tasks with asynchronous I/O") { () throws(Failure) in
    try inChild(moveAsynchronousRing)
  },
]

func expectLine(_ start: String, ofDescriptor descriptor: Int) throws(Failure) {
  let text = try readText("/proc/self/fdinfo/\(descriptor)")
  guard text.split(separator: "\n").contains(where: { $0.hasPrefix(start) }) else {
    throw missing("find \"\(start)\" in what /proc tells of a descriptor")
  }
}

func makePipe() throws(Failure) -> (reader: Int, writer: Int) {
  var ends: [Int32] = [0, 0]
  try withBytes(&ends) { ends throws(Failure) in try call("make a pipe", ProbeCall.pipe2, ends, 0) }
  return (Int(ends[0]), Int(ends[1]))
}

/// A ring must answer at its new address after mremap(2), as a restore moves it.
private func moveAsynchronousRing() throws(Failure) {
  var context: [UInt64] = [0]
  try withBytes(&context) { context throws(Failure) in try call("make a ring", ProbeCall.ioSetup, 2, context) }
  let start = Int(context[0])
  guard let ring = try mappings().first(where: { $0.start == start }) else { throw missing("find the ring") }
  let target = try mapPages(ring.byteCount / 4096)
  let mayMoveFixed = 3
  try call("move the ring", ProbeCall.mremap, start, ring.byteCount, ring.byteCount, mayMoveFixed, target)
  var events = [UInt64](repeating: 0, count: 4)
  var noTime: [Int] = [0, 0]
  try withBytes(&events) { events throws(Failure) in
    try withBytes(&noTime) { noTime throws(Failure) in
      try call("use the moved ring", ProbeCall.ioGetEvents, target, 0, 1, events, noTime)
    }
  }
}

/// The mappings of this process, from /proc/self/maps.
func mappings() throws(Failure) -> [(start: Int, byteCount: Int, name: String)] {
  var all: [(start: Int, byteCount: Int, name: String)] = []
  for line in try readText("/proc/self/maps").split(separator: "\n") {
    let words = line.split(separator: " ", maxSplits: 5)
    let ends = words[0].split(separator: "-")
    guard let start = Int(ends[0], radix: 16), let end = Int(ends[1], radix: 16) else { continue }
    all.append((start, end - start, words.count > 5 ? String(words[5].drop { $0 == " " }) : ""))
  }
  return all
}
