internal import CLinux
internal import Glibc

/// A thread's registered rseq area (rseq(2), PTRACE_GET_RSEQ_CONFIGURATION).
public struct RseqRegistration: Hashable, Sendable {
  /// 0: none is registered.
  public var address: UInt64
  public var byteCount: UInt32
  public var signature: UInt32

  public init(address: UInt64, byteCount: UInt32, signature: UInt32) {
    self.address = address
    self.byteCount = byteCount
    self.signature = signature
  }
}

/// The rseq area of a stopped thread that we trace.
///
/// - Returns: `nil` where the kernel cannot tell (before 5.13, or built without rseq).
public func rseqRegistration(of tid: Int32) throws(Failure) -> RseqRegistration? {
  // struct ptrace_rseq_configuration: address u64, size u32, signature u32, flags u32, padding u32.
  var words: (UInt64, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0)
  let byteCount = MemoryLayout.size(ofValue: words)
  let result = withUnsafeMutableBytes(of: &words) {
    systemCall(SystemCall(SYS_ptrace), 0x420f, Int(tid), byteCount, Int(bitPattern: $0.baseAddress))
  }
  guard let errno = Errno(result: result) else {
    return RseqRegistration(address: words.0, byteCount: words.1, signature: words.2)
  }
  if errno == .inputOutput || errno == .invalid { return nil }
  throw Failure("read the rseq registration", "tid \(tid)", errno, remedy: endedRemedy)
}

/// Reads words of the memory of a stopped task that we trace (PTRACE_PEEKDATA).
///
/// - Throws: `EIO` or `EFAULT` nothing is mapped there.
public func peekWords(of tid: Int32, at address: UInt64, count: Int) throws(Failure) -> [UInt64] {
  var words: [UInt64] = []
  for index in 0..<count {
    let place = address &+ UInt64(index * 8)
    var word: UInt64 = 0
    try check("read the memory", "tid \(tid), address 0x\(String(place, radix: 16))", remedy: endedRemedy) {
      withUnsafeMutableBytes(of: &word) {
        systemCall(SystemCall(SYS_ptrace), 2, Int(tid), Int(bitPattern: UInt(place)), Int(bitPattern: $0.baseAddress))
      }
    }
    words.append(word)
  }
  return words
}

/// Writes a word into the memory of a stopped task that we trace (PTRACE_POKEDATA).
public func pokeWord(of tid: Int32, at address: UInt64, _ word: UInt64) throws(Failure) {
  try check("write the memory", "tid \(tid), address 0x\(String(address, radix: 16))", remedy: endedRemedy) {
    systemCall(
      SystemCall(SYS_ptrace), 5, Int(tid), Int(bitPattern: UInt(address)), Int(bitPattern: UInt(word)))
  }
}

/// Gives up the rseq area that the C library registered for the calling thread, whose memory is about to go: the kernel
/// kills a thread whose area cannot be written. Does nothing where there is none.
public func dropOwnRseq() throws(Failure) {
  guard cl_rseq_size() != 0 else { return }
  let flagUnregister = 1
  // The size that was registered is at least 32, whatever part of it is in use (linux/rseq.h).
  let byteCount = max(32, Int(cl_rseq_size()))
  let result = systemCall(
    SystemCall(SYS_rseq), Int(bitPattern: UInt(cl_rseq_address())), byteCount, flagUnregister, 0x5305_3053)
  // EINVAL: it was given up before, or by the process that we were cloned from.
  guard let errno = Errno(result: result), errno != .invalid else { return }
  throw Failure(
    "give up the rseq area", "our own", errno, remedy: "Run with GLIBC_TUNABLES=glibc.pthread.rseq=0.")
}
