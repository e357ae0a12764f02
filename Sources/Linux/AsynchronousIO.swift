internal import CLinux
internal import Glibc

/// A context of asynchronous I/O of the calling process (io_setup(2)). Its ring is a mapping, by whose address the
/// kernel knows it; a process cloned from ours has no part in it.
public struct AsynchronousIOContext: Hashable, Sendable {
  public private(set) var address: UInt64

  /// One that exists.
  public init(address: UInt64) { self.address = address }

  /// - Parameter requestCount: As a program asks; the kernel makes room for more.
  /// - Throws: `EAGAIN` fs.aio-max-nr is reached.
  public static func make(requestCount: UInt32) throws(Failure) -> AsynchronousIOContext {
    var address: UInt64 = 0
    try check(
      "make an AIO context", "\(requestCount) requests", remedy: "Raise fs.aio-max-nr (sysctl); see fs.aio-nr."
    ) {
      withUnsafeMutablePointer(to: &address) {
        systemCall(SystemCall(SYS_io_setup), Int(requestCount), Int(bitPattern: $0))
      }
    }
    return AsynchronousIOContext(address: address)
  }

  /// Makes requests that move nothing and are complete at once: each is an event in the ring.
  ///
  /// - Parameters:
  ///   - count: 1 or more.
  ///   - file: Any that can be read.
  /// - Returns: How many were made: fewer when the ring is full.
  public func completeRequests(_ count: Int, reading file: SharedMemoryFile) throws(Failure) -> Int {
    // struct iocb of linux/aio_abi.h, as words: a read (opcode 0) of no bytes.
    var request = InlineArray<8, UInt64>(repeating: 0)
    request[2] = UInt64(file.descriptor.withRaw { UInt32(bitPattern: $0) }) << 32
    return try check("make AIO requests", "\(count)", remedy: "Report this with the log.") {
      withUnsafeMutablePointer(to: &request) { request in
        let requests = [Int](repeating: Int(bitPattern: request), count: count)
        return requests.withUnsafeBufferPointer {
          systemCall(SystemCall(SYS_io_submit), Int(bitPattern: UInt(address)), count, Int(bitPattern: $0.baseAddress))
        }
      }
    }
  }

  /// Moves the ring in place of what is at `target`; the context is known by its new address then (mremap(2)).
  public mutating func move(to target: UInt64, byteCount: Int) throws(Failure) {
    let mayMoveThere = 1 | 2
    try check(
      "move the ring of an AIO context", "0x\(String(target, radix: 16)), \(byteCount) bytes",
      remedy: "Restore on a kernel that moves such rings."
    ) {
      systemCall(SystemCall(SYS_mremap), Int(address), byteCount, byteCount, mayMoveThere, Int(target))
    }
    address = target
  }
}
