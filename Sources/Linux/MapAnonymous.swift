internal import CLinux
internal import Glibc

extension SystemCall {
  static let mmap = SystemCall(SYS_mmap)
  static let munmap = SystemCall(SYS_munmap)
}

/// Whether writes of a process cloned later are seen by this one.
public enum Sharing: Sendable {
  case shared
  case copyOnWrite
}

/// Maps zeroed memory (mmap(2), MAP_ANONYMOUS).
///
/// - Parameters:
///   - address: Exactly there, a multiple of the page size, or anywhere.
///   - executable: Readable, writable and executable, for code of ours.
/// - Throws: `EEXIST` something is mapped at `address`.
public func mapAnonymous(
  at address: UInt64? = nil, byteCount: Int, sharing: Sharing, executable: Bool = false
) throws(Failure) -> UnsafeMutableRawPointer {
  let protection = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0)
  var flags = MAP_ANONYMOUS | (sharing == .shared ? MAP_SHARED : MAP_PRIVATE)
  if address != nil { flags |= CInt(MAP_FIXED_NOREPLACE) }
  let result = try check(
    "map memory", "\(byteCount) bytes" + (address.map { " at 0x" + String($0, radix: 16) } ?? ""),
    remedy: "Free memory, or raise the limit of address space (ulimit -v)."
  ) {
    systemCall(.mmap, Int(address ?? 0), byteCount, Int(protection), Int(flags), -1, 0)
  }
  return UnsafeMutableRawPointer(bitPattern: result)!
}

/// Gives a mapping back (munmap(2)); only a wrong argument could fail.
public func unmap(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
  _ = systemCall(.munmap, Int(bitPattern: memory), byteCount)
}
