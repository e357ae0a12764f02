internal import Linux

/// A signal frame that a call of a thread's own code returns into.
protocol CallFrame {
  /// A multiple of 64, as the address must be.
  var byteCount: Int { get }
  /// Where the call finds the address that it returns to; what it takes off the stack before is below.
  var returnOffset: Int { get }
  /// Where the stack pointer is once it has returned into rt_sigreturn.
  var returnedOffset: Int { get }
  /// - Parameters:
  ///   - address: Where it will be; a multiple of 64.
  ///   - signalReturn: Address of a call of rt_sigreturn.
  func bytes(at address: UInt64, signalReturn: UInt64) -> [UInt8]
}

/// How a thread's own code makes system calls and returns from signals, which its mode decides. A program of 32-bit
/// code has neither `syscall` instructions nor addresses above 4 GiB; its vdso has what we need, or its C library.
enum CallConvention: UInt64 {
  case code64 = 0
  case code32 = 1
  /// Where the program has unmapped its vdso.
  case code32OfLibrary = 2

  init(of registers: Registers) { self = registers.is32Bit ? .code32 : .code64 }

  var is32Bit: Bool { self != .code64 }

  /// What does as well, where code of this kind is not found.
  var alternative: CallConvention? { self == .code32 ? .code32OfLibrary : nil }

  // MARK: Code

  /// A call, of two bytes, and a return; between them it takes words off the stack, by a byte each.
  var systemCallCode: [UInt8] {
    switch self {
    case .code64: [0x0f, 0x05, 0xc3]  // syscall; ret
    case .code32: [0xcd, 0x80, 0x5d, 0x5a, 0x59, 0xc3]  // int $0x80; pop %ebp; pop %edx; pop %ecx; ret
    case .code32OfLibrary: [0xcd, 0x80, 0xc3]  // int $0x80; ret
    }
  }

  /// Bytes that it takes off the stack before it returns.
  var poppedByteCount: UInt64 { 4 * UInt64(systemCallCode.count - 3) }

  /// Any of them does.
  var signalReturnCode: [[UInt8]] {
    switch self {
    case .code64:
      [
        [0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05],  // mov $15, %rax; syscall
        [0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05],  // mov $15, %eax; syscall
      ]
    case .code32, .code32OfLibrary: [[0xb8, 0xad, 0x00, 0x00, 0x00, 0xcd, 0x80]]  // mov $173, %eax; int $0x80
    }
  }

  /// Where the code is looked for.
  func isLibrary(_ mapping: MapsEntry) -> Bool { mapping.inode != 0 || (is32Bit && mapping.name == .vdso) }

  /// Where a thread in `systemCallCode` finds the address that it will return to, in bytes above its stack pointer;
  /// `nil` when it is not in it.
  ///
  /// - Parameter offset: Of the next instruction from the beginning.
  func returnOffset(at offset: UInt64) -> UInt64? {
    let last = UInt64(systemCallCode.count - 1)
    return offset > last ? nil : min(poppedByteCount, 4 * (last - offset))
  }

  /// What the thread takes for a word of its memory.
  func word(_ word: UInt64) -> UInt64 { is32Bit ? word & 0xffff_ffff : word }

  /// End of what the task may map: for 32-bit code, what its kernel lets it map, whatever code asks.
  var addressLimit: UInt64 { is32Bit ? 0xffff_d000 : 1 << 47 }

  // MARK: Calls

  func number(_ call: RemoteCallNumber) -> UInt64 { is32Bit ? call.of32BitCode : call.of64BitCode }

  func setCall(_ call: RemoteCallNumber, _ arguments: [UInt64], in registers: inout Registers) {
    registers.rax = number(call)
    let places: [WritableKeyPath<Registers, UInt64>] =
      is32Bit ? [\.rbx, \.rcx, \.rdx, \.rsi, \.rdi, \.rbp] : [\.rdi, \.rsi, \.rdx, \.r10, \.r8, \.r9]
    for (index, place) in places.enumerated() {
      registers[keyPath: place] = index < arguments.count ? word(arguments[index]) : 0
    }
  }

  func frame(of context: ThreadContext) -> any CallFrame {
    is32Bit ? SignalFrame32(context) : SignalFrame(context)
  }
}
