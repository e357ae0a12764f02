internal import CLinux
internal import Glibc

/// Memory of a stopped task through /proc/PID/mem, which reads and writes whatever the protection is (proc_pid_mem(5)).
public final class TaskMemory {
  public let pid: Int32
  private let file: OwnedFD

  /// - Throws: `EACCES` we may not trace the task.
  public init(pid: Int32) throws(Failure) {
    self.pid = pid
    let path = "/proc/\(pid)/mem"
    let raw = try check(
      "open the memory", "pid \(pid)", remedy: "Run as root, or with CAP_SYS_PTRACE in the task's user namespace."
    ) { path.withCString { systemCall(SystemCall(SYS_openat), Int(AT_FDCWD), Int(bitPattern: $0), Int(O_RDWR | O_CLOEXEC)) } }
    file = OwnedFD(adopting: CInt(raw))
  }

  /// - Throws: `EIO` a page is not mapped.
  public func read(at address: UInt64, byteCount: Int) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var span = bytes.mutableSpan
    try span.withUnsafeMutableBytes { (bytes) throws(Failure) in try read(at: address, into: bytes) }
    return bytes
  }

  /// Fills the buffer.
  ///
  /// - Throws: `EIO` a page is not mapped.
  public func read(at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    var done = 0
    while done < buffer.count {
      let count = try check("read the memory", subject(address), remedy: TaskMemory.remedy) {
        file.withRaw {
          systemCall(
            SystemCall(SYS_pread64), Int($0), Int(bitPattern: buffer.baseAddress! + done), buffer.count - done,
            Int(bitPattern: UInt(address) + UInt(done)))
        }
      }
      guard count > 0 else {
        throw Failure("read the memory", subject(address), .badAddress, remedy: TaskMemory.remedy)
      }
      done += count
    }
  }

  /// - Throws: `EIO` a page is not mapped, or is shared and not writable.
  public func write(_ bytes: [UInt8], at address: UInt64) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let offset = done
      let count = try check("write the memory", subject(address), remedy: TaskMemory.remedy) {
        file.withRaw { raw in
          bytes.withUnsafeBytes {
            File.write(raw, at: Int(bitPattern: UInt(address) + UInt(offset)), UnsafeRawBufferPointer(rebasing: $0[offset...]))
          }
        }
      }
      guard count > 0 else {
        throw Failure("write the memory", subject(address), .badAddress, remedy: TaskMemory.remedy)
      }
      done += count
    }
  }

  private static let remedy = "The task was killed or its memory is gone: start again."

  private func subject(_ address: UInt64) -> String { "pid \(pid) at 0x" + String(address, radix: 16) }
}

/// Words of another task's memory, without a descriptor (process_vm_readv(2)); only what the task itself may read.
///
/// - Returns: `nil` when not all of them are readable.
public func readWords(of pid: Int32, at address: UInt64, count: Int) -> [UInt64]? {
  var words = [UInt64](repeating: 0, count: count)
  let byteCount = count * MemoryLayout<UInt64>.size
  let result = words.withUnsafeMutableBytes { bytes in
    var local = iovec(iov_base: bytes.baseAddress, iov_len: byteCount)
    var remote = iovec(iov_base: UnsafeMutableRawPointer(bitPattern: UInt(address)), iov_len: byteCount)
    return withUnsafeMutablePointer(to: &local) { local in
      withUnsafeMutablePointer(to: &remote) { remote in
        systemCall(SystemCall(SYS_process_vm_readv), Int(pid), Int(bitPattern: local), 1, Int(bitPattern: remote), 1, 0)
      }
    }
  }
  return result == byteCount ? words : nil
}
