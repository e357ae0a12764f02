internal import CLinux
internal import Glibc

/// A group of registers that ptrace(2) moves as one (PTRACE_GETREGSET), by its ELF note type.
public enum RegisterSet: Int, Sendable {
  /// struct user_regs_struct (sys/user.h).
  case general = 1
  /// The XSAVE area in its standard format, as long as all components of this processor need.
  case extendedState = 0x202
  /// The shadow stack pointer; ENODEV where the thread has none, EINVAL where the kernel has none.
  case shadowStack = 0x204
}

/// Reads a register set of a stopped thread that we trace.
///
/// - Throws: `ESRCH` the thread ended or is not stopped.
public func readRegisters(_ set: RegisterSet, of tid: Int32) throws(Failure) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: set == .extendedState ? 16 << 10 : 512)
  let count = try check("read the registers", "tid \(tid)", remedy: endedRemedy) {
    moveRegisters(getRegisterSet, set, of: tid, &bytes)
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// Sets a register set of a stopped thread that we trace: the whole set, as long as `readRegisters` gives it.
public func writeRegisters(_ set: RegisterSet, of tid: Int32, _ values: [UInt8]) throws(Failure) {
  var bytes = values
  try check(
    "set the registers", "tid \(tid)",
    remedy: "The registers in the images do not suit this processor: restore on one with the same features."
  ) {
    moveRegisters(setRegisterSet, set, of: tid, &bytes)
  }
}

/// Whether a stopped thread that we trace has a shadow stack.
public func hasShadowStack(tid: Int32) throws(Failure) -> Bool {
  var bytes = [UInt8](repeating: 0, count: 64)
  let result = moveRegisters(getRegisterSet, .shadowStack, of: tid, &bytes)
  guard let errno = Errno(result: result) else { return true }
  if errno == Errno(ENODEV) || errno == .invalid { return false }
  throw Failure("read the shadow stack pointer", "tid \(tid)", errno, remedy: endedRemedy)
}

let endedRemedy = "The thread ended during the dump, or another tracer took it: try again."

private let getRegisterSet = 0x4204
private let setRegisterSet = 0x4205

/// - Returns: The byte count that the kernel moved, or the error number negated.
private func moveRegisters(_ request: Int, _ set: RegisterSet, of tid: Int32, _ bytes: inout [UInt8]) -> Int {
  bytes.withUnsafeMutableBytes { buffer in
    var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
    return withUnsafeMutableBytes(of: &vector) { pointer in
      let result = systemCall(
        SystemCall(SYS_ptrace), request, Int(tid), set.rawValue, Int(bitPattern: pointer.baseAddress))
      return result < 0 ? result : pointer.load(fromByteOffset: MemoryLayout<Int>.size, as: Int.self)
    }
  }
}
