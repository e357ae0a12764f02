internal import CLinux
internal import Glibc

/// Reads /proc/PID/pagemap itself: a word of 64 bits a page (proc_pid_pagemap(5)).
struct PagemapReading {
  private static let pageByteCount: UInt64 = 4096
  private static let present: UInt64 = 1 << 63
  private static let swapped: UInt64 = 1 << 62
  private static let fileOrShared: UInt64 = 1 << 61
  /// 6.15
  private static let guarded: UInt64 = 1 << 58
  private static let frameMask: UInt64 = (1 << 55) - 1

  /// The page frame of the zero page; 0 when page frames are hidden from us, and zero pages count as data.
  private let zeroFrame: UInt64

  init() throws(Failure) { zeroFrame = try PagemapReading.findZeroFrame() }

  func read(
    _ file: CInt, _ range: Range<UInt64>, subject: @autoclosure () -> String, _ each: (PagemapRegion) -> Void
  ) throws(Failure) {
    var words = [UInt64](repeating: 0, count: 8192)
    var address = range.lowerBound
    while address < range.upperBound {
      let wanted = Int(min(UInt64(words.count), (range.upperBound - address) / PagemapReading.pageByteCount))
      let found = try PagemapReading.read(file, at: address, &words, count: wanted, subject: subject())
      guard found > 0 else { return }
      for index in 0..<found {
        if let kind = kind(of: words[index]) {
          let start = address + UInt64(index) * PagemapReading.pageByteCount
          each(PagemapRegion(start: start, end: start + PagemapReading.pageByteCount, kind: kind))
        }
      }
      address += UInt64(found) * PagemapReading.pageByteCount
    }
  }

  private func kind(of word: UInt64) -> PagemapRegion.Kind? {
    if word & PagemapReading.guarded != 0 { return .guarded }
    guard word & (PagemapReading.present | PagemapReading.swapped) != 0 else { return nil }
    guard word & PagemapReading.fileOrShared == 0 else { return nil }
    if word & PagemapReading.present != 0, zeroFrame != 0, word & PagemapReading.frameMask == zeroFrame { return nil }
    return .data
  }

  /// - Returns: Words read; fewer than `count` at the end of the address space.
  private static func read(
    _ file: CInt, at address: UInt64, _ words: inout [UInt64], count: Int, subject: @autoclosure () -> String
  ) throws(Failure) -> Int {
    let byteCount = try check(
      "find the pages with contents", subject(),
      remedy: "Run as root, and check that the task still exists: freeze its cgroup first with --freeze-cgroup."
    ) {
      words.withUnsafeMutableBytes {
        systemCall(
          SystemCall(SYS_pread64), Int(file), Int(bitPattern: $0.baseAddress), count * 8,
          Int(address / pageByteCount * 8))
      }
    }
    return byteCount / 8
  }

  /// A page that was read and never written is the zero page.
  private static func findZeroFrame() throws(Failure) -> UInt64 {
    let page = try mapAnonymous(byteCount: Int(pageByteCount), sharing: .copyOnWrite)
    defer { unmap(page, byteCount: Int(pageByteCount)) }
    // Read by the kernel, so that no compiler can drop the access: write(2) would do too, but needs a descriptor.
    var byte: UInt8 = 0
    withUnsafeMutableBytes(of: &byte) { $0.copyMemory(from: UnsafeRawBufferPointer(start: page, count: 1)) }
    let own = try openProc("/proc/self/pagemap")
    var words: [UInt64] = [0]
    _ = try own.withRaw { (own) throws(Failure) in
      try read(own, at: UInt64(UInt(bitPattern: page)), &words, count: 1, subject: "our own memory")
    }
    return words[0] & frameMask
  }
}
