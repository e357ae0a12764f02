internal import CLinux

/// One caller's buffer for PAGEMAP_SCAN (Documentation/admin-guide/mm/pagemap.rst in the kernel's source).
final class PagemapScanner {
  enum Outcome {
    /// All below this address was looked at.
    case walked(UInt64)
    case failed(Errno)
  }

  private static let capacity = 4096
  private let buffer = UnsafeMutablePointer<cl_page_region>.allocate(capacity: PagemapScanner.capacity)

  deinit { buffer.deallocate() }

  func scan(
    _ file: CInt, _ range: Range<UInt64>, guardPages: Bool, _ each: (PagemapRegion) -> Void
  ) -> Outcome {
    var request = cl_pagemap_scan()
    request.size = UInt64(MemoryLayout<cl_pagemap_scan>.size)
    request.start = range.lowerBound
    request.end = range.upperBound
    request.regions = UInt64(UInt(bitPattern: buffer))
    request.region_count = UInt64(PagemapScanner.capacity)
    // (present or swapped) and not the zero page and not a file's page; guard pages count as swapped.
    request.category_inverted = CL_PAGE_IS_PFNZERO | CL_PAGE_IS_FILE
    request.category_mask = CL_PAGE_IS_PFNZERO | CL_PAGE_IS_FILE
    request.category_anyof_mask = CL_PAGE_IS_PRESENT | CL_PAGE_IS_SWAPPED
    request.return_mask = CL_PAGE_IS_PRESENT | (guardPages ? CL_PAGE_IS_GUARD : 0)
    while true {
      let result = withUnsafeMutablePointer(to: &request) {
        systemCall(SystemCall(SYS_ioctl), Int(file), Int(CL_PAGEMAP_SCAN), Int(bitPattern: $0))
      }
      if let errno = Errno(result: result) {
        if errno == .interrupted { continue }
        return .failed(errno)
      }
      for region in UnsafeBufferPointer(start: buffer, count: result) {
        each(
          PagemapRegion(
            start: region.start, end: region.end, kind: region.categories & CL_PAGE_IS_GUARD != 0 ? .guarded : .data))
      }
      // A walk that came to its end may still say a lower walk_end (seen on 6.18): then its last pages came twice.
      guard result == PagemapScanner.capacity else { return .walked(range.upperBound) }
      return .walked(max(request.walk_end, buffer[result - 1].end))
    }
  }
}
