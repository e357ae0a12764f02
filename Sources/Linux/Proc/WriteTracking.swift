internal import CLinux
internal import Glibc

/// Notes which pages a process writes to, by userfaultfd(2) with asynchronous write protection (6.7): a write to a
/// protected page takes the protection off and goes on, without anybody being asked. The descriptor belongs to the
/// memory of the process that made it; its ioctls may be called by whoever has a copy. With the last copy, all
/// protection ends, and every page counts as written.
public enum WriteTracking {
  /// The call that the process itself must make, and its argument: faults of the kernel need no rights, since nobody is
  /// asked about them.
  public static let systemCall = (number: Int(SYS_userfaultfd), flags: Int(O_CLOEXEC | O_NONBLOCK) | userModeOnly)
  private static let userModeOnly = 1

  /// Makes a descriptor for this process.
  ///
  /// - Throws: `ENOSYS`, `EINVAL` the kernel is older.
  public static func begin() throws(Failure) -> OwnedFD {
    let faults = OwnedFD(
      adopting: CInt(
        try check("track writes", "this process", remedy: "Use a kernel from 6.7 on.") {
          Linux.systemCall(SystemCall(SYS_userfaultfd), systemCall.flags)
        }))
    try faults.borrowed().beginWriteTracking("this process")
    return faults
  }

  /// What readlink(2) tells of such a descriptor.
  public static let link: FilePath = "anon_inode:[userfaultfd]"

  fileprivate static let interface = (request: 0xC018_AA3F, version: UInt64(0xAA))  // UFFDIO_API
  // UFFD_FEATURE_WP_HUGETLBFS_SHMEM, WP_UNPOPULATED, WP_ASYNC
  fileprivate static let features: UInt64 = 1 << 12 | 1 << 13 | 1 << 15
  fileprivate static let register = (request: 0xC020_AA00, writeProtection: UInt64(2))  // UFFDIO_REGISTER
}

/// A descriptor of userfaultfd(2).
extension BorrowedFD {
  /// Makes a new descriptor one that tracks writes (UFFDIO_API).
  ///
  /// - Throws: `EINVAL` the kernel is older.
  public func beginWriteTracking(_ subject: @autoclosure () -> String) throws(Failure) {
    var api = (WriteTracking.interface.version, WriteTracking.features, UInt64(0))
    try check("track writes", subject(), remedy: "A kernel from 6.7 on can: without it, all pages are written.") {
      withUnsafeMutablePointer(to: &api) {
        systemCall(SystemCall(SYS_ioctl), Int(raw), WriteTracking.interface.request, Int(bitPattern: $0))
      }
    }
  }

  /// Adds a whole mapping to what is tracked (UFFDIO_REGISTER); its pages count as written until they are protected.
  ///
  /// - Returns: `EBUSY` the program tracks it itself; `ENOMEM` its memory is gone.
  public func trackWrites(to range: Range<UInt64>) -> Errno? {
    var request = (range.lowerBound, UInt64(range.count), WriteTracking.register.writeProtection, UInt64(0))
    return Errno(
      result: withUnsafeMutablePointer(to: &request) {
        systemCall(SystemCall(SYS_ioctl), Int(raw), WriteTracking.register.request, Int(bitPattern: $0))
      })
  }
}

/// What the pagemap of a process tells of writes since its pages were protected last (PAGEMAP_SCAN). Ranges are of one
/// mapping each: one call over a range that is tracked in parts protects pages and does not tell of them (6.18).
public struct WriteScan: ~Copyable {
  private static let capacity = 4096
  private let pagemap: OwnedFD
  private let buffer = UnsafeMutablePointer<cl_page_region>.allocate(capacity: WriteScan.capacity)

  public init(pid: Int32) throws(Failure) { pagemap = try openProc("/proc/\(pid)/pagemap") }

  deinit { buffer.deallocate() }

  /// Pages with contents that were not written to. Changes nothing.
  ///
  /// - Returns: Ascending; `nil` where writes to a part of the range are not tracked, or the scan fails.
  public func unchanged(in range: Range<UInt64>) -> [Range<UInt64>]? {
    var request = request(range, flags: CL_PM_SCAN_CHECK_WPASYNC)
    request.category_inverted = CL_PAGE_IS_WRITTEN
    request.category_mask = CL_PAGE_IS_WRITTEN
    request.return_mask = CL_PAGE_IS_PRESENT
    var found: [Range<UInt64>] = []
    let errno = walk(&request) { region in
      if let last = found.last, region.lowerBound < last.upperBound { return }  // told twice at the end of a walk
      if let last = found.last, last.upperBound == region.lowerBound {
        found[found.count - 1] = last.lowerBound..<region.upperBound
      } else {
        found.append(region)
      }
    }
    return errno == nil ? found : nil
  }

  /// Protects all pages with contents of their own that were written to. Others are left alone: protection would give
  /// each page without contents an entry in the page table, which scans take for swapped contents (6.18). Whoever fills
  /// them writes to them.
  ///
  /// - Returns: False where that was not done for all of them: the others go on counting as written.
  public func protect(_ range: Range<UInt64>) -> Bool {
    // Guard pages count as swapped; kernels before 6.15 do not tell them.
    for others in [CL_PAGE_IS_FILE | CL_PAGE_IS_PFNZERO | CL_PAGE_IS_GUARD, CL_PAGE_IS_FILE | CL_PAGE_IS_PFNZERO] {
      var request = request(range, flags: CL_PM_SCAN_WP_MATCHING | CL_PM_SCAN_CHECK_WPASYNC)
      request.category_inverted = others
      request.category_mask = CL_PAGE_IS_WRITTEN | others
      request.return_mask = CL_PAGE_IS_WRITTEN
      let errno = walk(&request) { _ in }
      if errno != .invalid { return errno == nil }
    }
    return false
  }

  /// Of pages with contents or a swap entry.
  private borrowing func request(_ range: Range<UInt64>, flags: UInt64) -> cl_pagemap_scan {
    var request = cl_pagemap_scan()
    request.size = UInt64(MemoryLayout<cl_pagemap_scan>.size)
    request.flags = flags
    request.start = range.lowerBound
    request.end = range.upperBound
    // Without a buffer, a scan that protects asks for no category (6.18).
    request.regions = UInt64(UInt(bitPattern: buffer))
    request.region_count = UInt64(WriteScan.capacity)
    request.category_anyof_mask = CL_PAGE_IS_PRESENT | CL_PAGE_IS_SWAPPED
    return request
  }

  /// Scans to the end of the request's range.
  private borrowing func walk(_ request: inout cl_pagemap_scan, _ each: (Range<UInt64>) -> Void) -> Errno? {
    while true {
      let result = pagemap.withRaw { pagemap in
        withUnsafeMutablePointer(to: &request) {
          systemCall(SystemCall(SYS_ioctl), Int(pagemap), Int(CL_PAGEMAP_SCAN), Int(bitPattern: $0))
        }
      }
      if let errno = Errno(result: result) {
        if errno == .interrupted { continue }
        return errno
      }
      for region in UnsafeBufferPointer(start: buffer, count: result) where region.start < region.end {
        each(region.start..<region.end)
      }
      guard result == WriteScan.capacity else { return nil }
      request.start = max(request.walk_end, buffer[result - 1].end)
      if request.start >= request.end { return nil }
    }
  }
}
