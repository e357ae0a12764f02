/// General registers of a thread, as `struct user_regs_struct` has them (PTRACE_GETREGS).
public struct Registers: Hashable, Sendable {
  public var r15: UInt64 = 0
  public var r14: UInt64 = 0
  public var r13: UInt64 = 0
  public var r12: UInt64 = 0
  public var rbp: UInt64 = 0
  public var rbx: UInt64 = 0
  public var r11: UInt64 = 0
  public var r10: UInt64 = 0
  public var r9: UInt64 = 0
  public var r8: UInt64 = 0
  public var rax: UInt64 = 0
  public var rcx: UInt64 = 0
  public var rdx: UInt64 = 0
  public var rsi: UInt64 = 0
  public var rdi: UInt64 = 0
  /// The system call that the thread is in; -1 for none.
  public var originalRax: UInt64 = 0
  public var rip: UInt64 = 0
  public var cs: UInt64 = 0
  public var flags: UInt64 = 0
  public var rsp: UInt64 = 0
  public var ss: UInt64 = 0
  public var fsBase: UInt64 = 0
  public var gsBase: UInt64 = 0
  public var ds: UInt64 = 0
  public var es: UInt64 = 0
  public var fs: UInt64 = 0
  public var gs: UInt64 = 0

  public init() {}

  /// Code of 32 bits runs by another table of system calls and other signal frames.
  public var is32Bit: Bool { cs == Registers.code32 }

  /// Has the thread go on in 64-bit code, which every address space may run.
  public mutating func enter64BitCode() {
    cs = Registers.code64
    ss = Registers.data
  }

  // Segment selectors of user mode (arch/x86/include/asm/segment.h).
  private static let code32: UInt64 = 0x23
  private static let code64: UInt64 = 0x33
  private static let data: UInt64 = 0x2b
}
