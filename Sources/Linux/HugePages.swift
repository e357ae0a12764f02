internal import CLinux
internal import Glibc

/// Bytes of a transparent huge page.
private let hugePageByteCount: UInt64 = 2 << 20
private let mayMoveThere = 3
/// MADV_COLLAPSE.
private let collapse = 25

/// The huge pages that lie whole within `range`; empty if there is none.
private func wholeHugePages(in range: Range<UInt64>) -> Range<UInt64> {
  let start = (range.lowerBound + hugePageByteCount - 1) & ~(hugePageByteCount - 1)
  return start..<max(start, range.upperBound & ~(hugePageByteCount - 1))
}

/// Replaces what a range of our code is mapped from by a copy in huge pages, where the kernel has them (Linux 6.1). What
/// does not fill a huge page stays.
///
/// - Parameter range: Of one mapping that is readable and executable, and never changes.
public func copyCodeToHugePages(_ range: Range<UInt64>) throws(Failure) {
  let whole = wholeHugePages(in: range)
  guard !whole.isEmpty else { return }
  let room = try mapAnonymous(byteCount: whole.count + Int(hugePageByteCount), sharing: .copyOnWrite)
  defer { unmap(room, byteCount: whole.count + Int(hugePageByteCount)) }
  let start = UInt64(UInt(bitPattern: room))
  let copy = (start + hugePageByteCount - 1) & ~(hugePageByteCount - 1)
  adviseHugePages(copy..<(copy + UInt64(whole.count)))
  UnsafeMutableRawPointer(bitPattern: UInt(copy))!.copyMemory(
    from: UnsafeRawPointer(bitPattern: UInt(whole.lowerBound))!, byteCount: whole.count)
  guard systemCall(SystemCall(SYS_madvise), Int(copy), whole.count, collapse) == 0 else { return }
  try check("protect the copy of our code", "\(whole.count) bytes", remedy: "See the kernel log.") {
    systemCall(SystemCall(SYS_mprotect), Int(copy), whole.count, Int(PROT_READ | PROT_EXEC))
  }
  try check("move the copy of our code", "\(whole.count) bytes", remedy: "See the kernel log.") {
    systemCall(SystemCall(SYS_mremap), Int(copy), whole.count, whole.count, mayMoveThere, Int(whole.lowerBound))
  }
}

/// Has the pages of malloc's heap become huge pages (madvise(2), MADV_COLLAPSE, Linux 6.1), as far as the kernel has some.
/// It grows to where one ends.
///
/// - Parameter start: Of the heap.
public func collapseHeap(from start: UInt64) {
  let failed = UnsafeMutableRawPointer(bitPattern: -1)
  guard let end = sbrk(0), end != failed else { return }
  let rest = -Int(bitPattern: end) & Int(hugePageByteCount - 1)
  guard sbrk(rest) != failed else { return }
  let whole = wholeHugePages(in: start..<max(start, UInt64(UInt(bitPattern: end)) + UInt64(rest)))
  if !whole.isEmpty { _ = systemCall(SystemCall(SYS_madvise), Int(whole.lowerBound), whole.count, collapse) }
}
