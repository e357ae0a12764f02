internal import CLinux
internal import Glibc

/// Maps the beginning of a file, readable and writable, shared with all that map it (mmap(2), MAP_SHARED).
///
/// - Parameter subject: Names the file in errors.
public func mapShared(
  _ file: borrowing OwnedFD, byteCount: Int, _ subject: @autoclosure () -> String
) throws(Failure) -> UnsafeMutableRawPointer {
  let result = try file.withRaw { (raw) throws(Failure) in
    try check("map the file", subject(), remedy: "Free memory, or raise the limit of address space (ulimit -v).") {
      systemCall(SystemCall(SYS_mmap), 0, byteCount, Int(PROT_READ | PROT_WRITE), Int(MAP_SHARED), Int(raw), 0)
    }
  }
  return UnsafeMutableRawPointer(bitPattern: result)!
}

/// A part of a file, mapped for reading: nothing of it is copied, unlike by read(2). Whoever touches a page that cannot be
/// read, or lies beyond the end of the file, gets SIGBUS.
public final class MappedPart {
  public let file: BorrowedFD
  public let range: Range<Int>
  private let start: UnsafeMutableRawPointer

  /// - Parameter range: Of the file, from a multiple of the page size.
  /// - Returns: `nil` where it cannot be mapped.
  public init?(_ file: BorrowedFD, _ range: Range<Int>) {
    let result = systemCall(
      SystemCall(SYS_mmap), 0, range.count, Int(PROT_READ), Int(MAP_SHARED), Int(file.raw), range.lowerBound)
    guard result > 0 else { return nil }
    (self.file, self.range) = (file, range)
    start = UnsafeMutableRawPointer(bitPattern: result)!
  }

  deinit { unmap(start, byteCount: range.count) }

  /// Bytes of the file.
  public subscript(_ part: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(part.lowerBound >= range.lowerBound && part.upperBound <= range.upperBound, "outside of what is mapped")
    return UnsafeRawBufferPointer(start: start + (part.lowerBound - range.lowerBound), count: part.count)
  }
}

/// Opens a file of another task, readable and writable; closed on exec.
public func openReadWrite(_ path: String, remedy: @autoclosure () -> String) throws(Failure) -> OwnedFD {
  let raw = try check("open the file", path, remedy: remedy()) { File.open(path, .readWrite) }
  return OwnedFD(adopting: CInt(raw))
}

/// Where `pattern` begins in `bytes`, by the C library's fast search (memmem(3)).
public func firstOffset(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
  bytes.withUnsafeBytes { bytes in
    pattern.withUnsafeBytes { pattern in
      guard let base = bytes.baseAddress, let wanted = pattern.baseAddress,
        let found = cl_memmem(base, UInt(bytes.count), wanted, UInt(pattern.count))
      else { return nil }
      return found - base
    }
  }
}

/// System calls that the engine makes a task do by hand: their numbers for 64-bit code, and for 32-bit code
/// (arch/x86/entry/syscalls).
public struct RemoteCallNumber: Sendable {
  public let of64BitCode: UInt64
  public let of32BitCode: UInt64

  public static let mmap = RemoteCallNumber(SYS_mmap, 192)  // mmap2, whose offset is in pages
  public static let mprotect = RemoteCallNumber(SYS_mprotect, 125)
  public static let munmap = RemoteCallNumber(SYS_munmap, 91)
  public static let shmat = RemoteCallNumber(SYS_shmat, 397)
  public static let close = RemoteCallNumber(SYS_close, 6)
  public static let signalReturn = RemoteCallNumber(SYS_rt_sigreturn, 173)
  public static let wait4 = RemoteCallNumber(SYS_wait4, 114)

  private init<N: BinaryInteger>(_ of64BitCode: N, _ of32BitCode: UInt64) {
    self.of64BitCode = UInt64(of64BitCode)
    self.of32BitCode = of32BitCode
  }
}
