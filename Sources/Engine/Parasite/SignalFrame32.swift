internal import Linux

/// What rt_sigreturn(2) of 32-bit code takes on x86_64 (arch/x86/include/asm/sigframe.h, struct rt_sigframe_ia32).
///
///     +48 three words that the code of a call may take off the stack
///     +60 the frame, with the address of the code that calls rt_sigreturn: `ret` goes there
///    +204 struct ucontext_ia32, 116 bytes
///    +336 the x87 registers as FSAVE has them, then the XSAVE area
struct SignalFrame32: CallFrame {
  let returnOffset = 60
  let returnedOffset = 64
  private static let contextOffset = 204
  private static let legacyOffset = 336
  private static let legacyByteCount = 112

  private let context: ThreadContext
  private let extended: SignalFrameState

  init(_ context: ThreadContext) {
    self.context = context
    extended = SignalFrameState(context.extendedState)
  }

  var byteCount: Int {
    (SignalFrame32.legacyOffset + SignalFrame32.legacyByteCount + extended.byteCount + 63) & ~63
  }

  func bytes(at address: UInt64, signalReturn: UInt64) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: byteCount)
    func put(_ value: UInt64, _ offset: Int) {
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian) {
        frame.replaceSubrange(offset..<(offset + $0.count), with: $0)
      }
    }
    put(signalReturn, returnOffset)
    let start = SignalFrame32.contextOffset
    put(1, start)  // UC_FP_XSTATE
    put(.max, start + 12)  // uc_stack.ss_flags: invalid, so that the alternate stack stays what it is
    let r = context.resumed
    let general = [r.gs, r.fs, r.es, r.ds, r.rdi, r.rsi, r.rbp, r.rsp, r.rbx, r.rdx, r.rcx, r.rax]
    for (index, value) in general.enumerated() { put(value, start + 20 + index * 4) }
    // Behind them trapno and err.
    for (index, value) in [r.rip, r.cs, r.flags, r.rsp, r.ss].enumerated() { put(value, start + 76 + index * 4) }
    put(address + UInt64(SignalFrame32.legacyOffset), start + 96)  // fpstate
    put(context.signalMask, start + 108)
    put(context.signalMask >> 32, start + 112)
    let legacy = SignalFrame32.legacyOffset
    frame.replaceSubrange(legacy..<(legacy + SignalFrame32.legacyByteCount), with: legacyState)
    let state = legacy + SignalFrame32.legacyByteCount
    frame.replaceSubrange(state..<(state + extended.byteCount), with: extended.bytes)
    return frame
  }

  /// FSAVE's form of the x87 registers, from which the kernel takes them; FXSAVE's is at the beginning of the XSAVE area.
  private var legacyState: [UInt8] {
    let area = context.extendedState
    var words: [UInt32] = []
    func half(_ offset: Int) -> UInt32 { UInt32(area.number(at: offset, as: UInt16.self)) }
    func word(_ offset: Int) -> UInt32 { area.number(at: offset, as: UInt32.self) }
    words.append(0xffff_0000 | half(0))  // control
    words.append(0xffff_0000 | half(2))  // status
    words.append(0xffff_0000 | fullTags)
    words += [word(8), half(6) << 16, word(16), 0]  // last instruction, its opcode; last operand
    var bytes = words.flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } }
    for register in 0..<8 { bytes += area[(32 + register * 16)..<(42 + register * 16)] }
    let magic: [UInt8] = [0, 0]  // X86_FXSR_MAGIC: more state follows
    return bytes + area[2..<4] + magic
  }

  /// Two bits a register where FXSAVE has one. Those in use are all called valid: the kernel looks for "empty" only.
  private var fullTags: UInt32 {
    let inUse = context.extendedState.number(at: 4, as: UInt16.self)
    return (0..<8).reduce(0) { $0 | (inUse >> UInt16($1) & 1 == 0 ? UInt32(3) << (2 * UInt32($1)) : 0) }
  }
}
