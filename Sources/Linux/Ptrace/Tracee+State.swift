internal import CLinux
internal import Glibc

extension Tracee {
  private static let xstate = 0x202  // NT_X86_XSTATE

  /// In the form of 64-bit code, whatever code the thread runs; the register set NT_PRSTATUS has another for 32-bit code.
  public func registers() throws(Failure) -> Registers {
    var registers = Registers()
    _ = try withUnsafeMutablePointer(to: &registers) { (registers) throws(Failure) in
      try checked("read the registers") { request(.readRegisters, 0, Int(bitPattern: registers)) }
    }
    return registers
  }

  /// The kernel restarts the system call that `originalRax` names if the thread was stopped in it, as it would have.
  public func setRegisters(_ registers: Registers) throws(Failure) {
    var registers = registers
    _ = try withUnsafeMutablePointer(to: &registers) { (registers) throws(Failure) in
      try checked("write the registers") { request(.writeRegisters, 0, Int(bitPattern: registers)) }
    }
  }

  /// Floating point and vector registers in the XSAVE layout, the mask of features in bytes 464 to 471.
  public func extendedState() throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 16384)  // 2.7 KiB with AVX-512, 11 KiB with AMX
    let count = try withBytes(&bytes) { (bytes) throws(Failure) in
      try registerSet(.readRegisterSet, Tracee.xstate, bytes)
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  public func setExtendedState(_ state: [UInt8]) throws(Failure) {
    var bytes = state
    _ = try withBytes(&bytes) { (bytes) throws(Failure) in
      try registerSet(.writeRegisterSet, Tracee.xstate, bytes)
    }
  }

  /// Bit n - 1 is signal n. The mask that a call such as sigsuspend(2) will put back, not its temporary one.
  public func signalMask() throws(Failure) -> UInt64 {
    var mask: UInt64 = 0
    _ = try withUnsafeMutablePointer(to: &mask) { (mask) throws(Failure) in
      try checked("read the signal mask") { request(.readSignalMask, 8, Int(bitPattern: mask)) }
    }
    return mask
  }

  public func setSignalMask(_ mask: UInt64) throws(Failure) {
    var mask = mask
    _ = try withUnsafeMutablePointer(to: &mask) { (mask) throws(Failure) in
      try checked("set the signal mask") { request(.writeSignalMask, 8, Int(bitPattern: mask)) }
    }
  }

  /// `si_code` of the signal that the thread is about to receive: above 0 the kernel raised it (sigaction(2)).
  public func signalCode() throws(Failure) -> Int32 {
    var information = siginfo_t()
    _ = try withUnsafeMutablePointer(to: &information) { (information) throws(Failure) in
      try checked("read the signal") { request(.signalInfo, 0, Int(bitPattern: information)) }
    }
    return information.si_code
  }

  /// Where a thread has its `struct rseq` (rseq(2)).
  public struct RestartableSequence: Hashable, Sendable {
    /// 0: none is registered.
    public var address: UInt64 = 0
    public var byteCount: UInt32 = 0
    public var signature: UInt32 = 0
    var flags: UInt32 = 0
    var padding: UInt32 = 0

    public init() {}
  }

  /// - Returns: `nil` where the kernel cannot tell (before 5.13).
  public func restartableSequence() throws(Failure) -> RestartableSequence? {
    var configuration = RestartableSequence()
    let byteCount = MemoryLayout<RestartableSequence>.size
    let result = withUnsafeMutablePointer(to: &configuration) {
      request(.readRestartableSequence, byteCount, Int(bitPattern: $0))
    }
    if Errno(result: result) == .inputOutput || Errno(result: result) == .invalid { return nil }
    try checked("read the restartable sequence") { result }
    return configuration
  }

  /// - Returns: How many bytes the kernel read or wrote.
  private func registerSet(
    _ kind: Request, _ set: Int, _ bytes: UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Int {
    var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
    _ = try withUnsafeMutablePointer(to: &vector) { (vector) throws(Failure) in
      try checked(kind == .readRegisterSet ? "read the registers" : "write the registers") {
        request(kind, set, Int(bitPattern: vector))
      }
    }
    return vector.iov_len
  }

  /// `Array.withUnsafeMutableBytes` has no typed throws.
  private func withBytes(
    _ bytes: inout [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    let result = bytes.withUnsafeMutableBytes { (bytes) -> Result<Int, Failure> in
      do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
