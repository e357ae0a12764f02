internal import Linux

/// Memory: what changed, what is missing, and where the kernel puts its own pages.
let memoryFeatures: [Feature] = [
  Feature("mem_dirty_track", .specific, "dumping only what changed since the last dump") { () throws(Failure) in
    try Trial.inChild(trackWrites)
  },
  Feature("uffd", .specific, "memory that is fetched when it is touched") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in _ = try openUserFaults(asking: 0) }
  },
  Feature("uffd-noncoop", .specific, "memory that is fetched when it is touched") { () throws(Failure) in
    // UFFD_FEATURE_EVENT_FORK, EVENT_REMAP, EVENT_REMOVE, EVENT_UNMAP
    let events: UInt64 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6
    try Trial.inChild { () throws(Failure) in
      guard try openUserFaults(asking: events) & events == events else {
        throw Trial.missing("hear of unmaps and forks")
      }
    }
  },
  Feature("pagemap_scan", .specific, "reading the page table of a task with one call") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let present: UInt64 = 1 << 3
      let pages = try Trial.mapPages(3)
      try touch(pages + 4096)
      guard try scan(pages, pageCount: 3, for: present) == [pages + 4096] else {
        throw Trial.missing("find a present page")
      }
    }
  },
  Feature("pagemap_scan_guard_pages", .specific, "guard pages") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let guardCategory: UInt64 = 1 << 8, installGuard = 102
      let pages = try Trial.mapPages(3)
      try Trial.call("install a guard page", ProbeCall.madvise, pages + 4096, 4096, installGuard)
      guard try scan(pages, pageCount: 3, for: guardCategory) == [pages + 4096] else {
        throw Trial.missing("find a guard page")
      }
    }
  },
  Feature("memfd_hugetlb", .specific, "memory files of huge pages") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let hugePages = 4
      try Trial.withText("probe") { name throws(Failure) in
        try Trial.call("make a memfd of huge pages", ProbeCall.memfdCreate, name, hugePages)
      }
    }
  },
  Feature("can_map_vdso", .specific, "restoring the kernel's own pages at their old address") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in try Trial.mapVdso(.of64BitCode) }
  },
  Feature("compat_cr", .experimental, "32-bit tasks") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in try Trial.mapVdso(.of32BitCode) }
  },
]

private func touch(_ address: Int) throws(Failure) {
  guard let byte = UnsafeMutablePointer<UInt8>(bitPattern: address) else { throw Trial.missing("map memory") }
  byte.pointee = 1
}

/// Protects two pages, and writes to the second (`WriteTracking`).
private func trackWrites() throws(Failure) {
  let pages = try Trial.mapPages(2)
  try touch(pages)
  try touch(pages + 4096)
  let faults = try WriteTracking.begin()
  let range = UInt64(pages)..<UInt64(pages + 2 * 4096)
  let scan = try WriteScan(pid: currentPid())
  guard faults.borrowed().trackWrites(to: range) == nil, scan.protect(range) else { throw Trial.missing("protect a page") }
  try touch(pages + 4096)
  guard scan.unchanged(in: range) == [range.lowerBound..<(range.lowerBound + 4096)] else {
    throw Trial.missing("see a written page")
  }
}

/// - Returns: The features that the kernel has of userfaultfd(2).
private func openUserFaults(asking: UInt64) throws(Failure) -> UInt64 {
  let closeOnExec = 0o2000000
  let faults = try Trial.call("open a userfault descriptor", ProbeCall.userfaultfd, closeOnExec)
  let interface = 0xC018_AA3F  // UFFDIO_API
  var api: [UInt64] = [0xAA, asking, 0]
  try Trial.withBytes(&api) { api throws(Failure) in
    try Trial.call("agree on a userfault interface", ProbeCall.ioctl, faults, interface, api)
  }
  return api[1]
}

/// The first addresses of the regions that have all of `categories` (PAGEMAP_SCAN).
private func scan(_ start: Int, pageCount: Int, for categories: UInt64) throws(Failure) -> [Int] {
  let pagemap = try Trial.openPath("/proc/self/pagemap")
  var regions = [UInt64](repeating: 0, count: 3 * 8)
  var count = 0
  try Trial.withBytes(&regions) { regions throws(Failure) in
    var arguments: [UInt64] = [
      96, 0, UInt64(start), UInt64(start + pageCount * 4096), 0, UInt64(regions), 8, 0, 0, categories, 0, categories,
    ]
    count = try Trial.withBytes(&arguments) { arguments throws(Failure) in
      try Trial.call("scan the pagemap", ProbeCall.ioctl, pagemap, 0xC060_6610, arguments)
    }
  }
  return (0..<count).map { Int(regions[$0 * 3]) }
}
