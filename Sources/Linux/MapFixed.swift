internal import CLinux
internal import Glibc

/// Maps memory exactly at `range`, in place of what is there (mmap(2), MAP_FIXED).
///
/// - Parameters:
///   - protection: PROT_ bits.
///   - flags: MAP_ bits as images have them.
///   - descriptor: -1 for anonymous memory.
public func mapFixed(
  _ range: Range<UInt64>, protection: UInt32, flags: UInt32, descriptor: CInt = -1, offset: UInt64 = 0
) throws(Failure) {
  try check("map memory", hexadecimal(range), remedy: "Check vm.max_map_count, vm.overcommit_memory and free memory.") {
    systemCall(
      SystemCall(SYS_mmap), Int(range.lowerBound), range.count, Int(protection), Int(flags | UInt32(MAP_FIXED)),
      Int(descriptor), Int(offset))
  }
}

/// Keeps a range of our addresses from any other use, at no cost: nothing can be read or written there.
///
/// - Throws: `EEXIST` something is mapped there.
public func reserveAddresses(_ range: Range<UInt64>) throws(Failure) {
  try check("reserve addresses", hexadecimal(range), remedy: "Raise the limit of address space (ulimit -v).") {
    systemCall(
      SystemCall(SYS_mmap), Int(range.lowerBound), range.count, Int(PROT_NONE),
      Int(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | CInt(MAP_FIXED_NOREPLACE)), -1, 0)
  }
}

/// Gives pages back: private memory has then what it is a copy of, zeros or a file (madvise(2), MADV_DONTNEED).
public func dropPages(_ range: Range<UInt64>) throws(Failure) {
  try check("drop pages", hexadecimal(range), remedy: "Report this with the log.") {
    systemCall(SystemCall(SYS_madvise), Int(range.lowerBound), range.count, Int(MADV_DONTNEED))
  }
}

/// Has memory that comes from now on come as huge pages where it can (madvise(2), MADV_HUGEPAGE): a hint, which kernels
/// without them do not take.
public func adviseHugePages(_ range: Range<UInt64>) {
  _ = systemCall(SystemCall(SYS_madvise), Int(range.lowerBound), range.count, Int(MADV_HUGEPAGE))
}

/// Brings in the pages of memory that is about to be written, in one call (madvise(2), MADV_POPULATE_WRITE, Linux 5.14):
/// a quarter cheaper than a fault for each. Where it does not work, the faults come.
public func bringInPages(of memory: UnsafeMutableRawBufferPointer) {
  _ = systemCall(SystemCall(SYS_madvise), Int(bitPattern: memory.baseAddress), memory.count, Int(MADV_POPULATE_WRITE))
}

/// Keeps pages in memory, and brings in those that are not (mlock(2)).
public func lockPages(_ range: Range<UInt64>) throws(Failure) {
  try check("lock memory", hexadecimal(range), remedy: "Run with CAP_IPC_LOCK, or raise the limit (ulimit -l).") {
    systemCall(SystemCall(SYS_mlock), Int(range.lowerBound), range.count)
  }
}

/// Whether two buffers of one size hold the same (memcmp(3)).
public func haveEqualBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  guard let first = a.baseAddress, let second = b.baseAddress else { return a.count == b.count }
  return a.count == b.count && memcmp(first, second, a.count) == 0
}

/// The lowest address that a task may map (/proc/sys/vm/mmap_min_addr).
public func lowestMappableAddress() throws(Failure) -> UInt64 {
  let digits = try readBytes("/proc/sys/vm/mmap_min_addr").prefix { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }
  return digits.reduce(0) { $0 &* 10 &+ UInt64($1 &- UInt8(ascii: "0")) }
}

private func hexadecimal(_ range: Range<UInt64>) -> String {
  "\(String(range.lowerBound, radix: 16))-\(String(range.upperBound, radix: 16))"
}
