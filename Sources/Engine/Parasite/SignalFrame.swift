internal import Linux

/// What rt_sigreturn(2) takes on x86_64: a thread that makes this call is where it was, with all its registers and its
/// signal mask (arch/x86/include/uapi/asm/sigcontext.h, asm/ucontext.h).
///
///     +56 the address of the code that calls rt_sigreturn: `ret` goes there, and leaves rsp at +64
///     +64 struct ucontext, 304 bytes
///    +384 the XSAVE area, and FP_XSTATE_MAGIC2 behind it
struct SignalFrame: CallFrame {
  let returnOffset = 56
  let returnedOffset = 64
  private static let extendedStateOffset = 384

  private let context: ThreadContext
  private let extended: SignalFrameState

  init(_ context: ThreadContext) {
    self.context = context
    extended = SignalFrameState(context.extendedState)
  }

  var byteCount: Int { (SignalFrame.extendedStateOffset + extended.byteCount + 63) & ~63 }

  func bytes(at address: UInt64, signalReturn: UInt64) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: byteCount)
    func put<N: FixedWidthInteger>(_ value: N, _ offset: Int) {
      withUnsafeBytes(of: value.littleEndian) { frame.replaceSubrange(offset..<(offset + $0.count), with: $0) }
    }
    put(signalReturn, returnOffset)
    let start = returnedOffset
    put(UInt64(7), start)  // UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS
    put(UInt32.max, start + 24)  // uc_stack.ss_flags: invalid, so that the alternate stack stays what it is
    let r = context.resumed
    let general = [
      r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rdi, r.rsi, r.rbp, r.rbx, r.rdx, r.rax, r.rcx, r.rsp,
      r.rip, r.flags,
    ]
    for (index, value) in general.enumerated() { put(value, start + 40 + index * 8) }
    put(UInt16(truncatingIfNeeded: r.cs), start + 184)
    put(UInt16(truncatingIfNeeded: r.ss), start + 190)
    put(address + UInt64(SignalFrame.extendedStateOffset), start + 224)  // fpstate
    put(context.signalMask, start + 296)

    let state = SignalFrame.extendedStateOffset
    frame.replaceSubrange(state..<(state + extended.byteCount), with: extended.bytes)
    return frame
  }
}

extension ThreadContext {
  /// The registers with which the thread goes on in user mode: a call to be restarted is about to be made again.
  ///
  /// Only the kernel can restart a call that has a restart block (nanosleep(2), poll(2), ...): it ends with EINTR here.
  var resumed: Registers {
    var registers = registers
    guard Int64(bitPattern: registers.originalRax) >= 0 else { return registers }
    switch Int64(bitPattern: registers.rax) {
    case -512, -513, -514:  // ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND
      registers.rax = registers.originalRax
      registers.rip -= 2
    case -516: registers.rax = UInt64(bitPattern: -4)  // ERESTART_RESTARTBLOCK: EINTR
    default: break
    }
    return registers
  }
}

/// The XSAVE area of a signal frame: that of the register set, with the words by which the kernel knows it in a frame,
/// and FP_XSTATE_MAGIC2 behind it (struct _fpx_sw_bytes).
struct SignalFrameState {
  private let state: [UInt8]
  /// Bytes of the area that the kernel takes back.
  private let areaByteCount: Int

  init(_ state: [UInt8]) {
    self.state = state
    areaByteCount = SignalFrameState.usedByteCount(state)
  }

  var byteCount: Int { areaByteCount + 4 }

  var bytes: [UInt8] {
    var bytes = Array(state.prefix(areaByteCount)) + [0, 0, 0, 0]
    bytes.put(UInt32(0x4650_5853), at: 464)  // FP_XSTATE_MAGIC1
    bytes.put(UInt32(byteCount), at: 468)
    bytes.put(features, at: 472)
    bytes.put(UInt32(areaByteCount), at: 480)
    bytes.put(UInt32(0x4650_5845), at: areaByteCount)  // FP_XSTATE_MAGIC2
    return bytes
  }

  /// The features whose state is in the area: as the register set has them, without what was cut off.
  private var features: UInt64 {
    let all = SignalFrameState.word(state, 464)
    return areaByteCount < state.count ? all & ~SignalFrameState.tiles : all
  }

  private static let tiles: UInt64 = 3 << 17  // AMX: XTILECFG, XTILEDATA

  /// The kernel refuses an area larger than the task may use. AMX has to be asked for (arch_prctl(2)), and the register
  /// set does not tell whether it was, so that unused tiles, behind all else, are left out.
  private static func usedByteCount(_ state: [UInt8]) -> Int {
    let withoutTiles = 2696
    let inUse = word(state, 512)
    return state.count > withoutTiles && word(state, 464) & tiles != 0 && inUse & tiles == 0
      ? withoutTiles : state.count
  }

  private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    guard bytes.count >= offset + 8 else { return 0 }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
  }
}
