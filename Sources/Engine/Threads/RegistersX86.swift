internal import Images
internal import Linux

/// The general registers of a thread, as the images have them.
struct RegistersX86: Hashable, Sendable {
  var entry: UserX86RegsEntry

  /// The fields in both forms.
  typealias Field = (
    image: any WritableKeyPath<UserX86RegsEntry, UInt64> & Sendable,
    kernel: any WritableKeyPath<Registers, UInt64> & Sendable
  )
  static let fields: [Field] = [
    (\.r15, \.r15), (\.r14, \.r14), (\.r13, \.r13), (\.r12, \.r12), (\.bp, \.rbp), (\.bx, \.rbx),
    (\.r11, \.r11), (\.r10, \.r10), (\.r9, \.r9), (\.r8, \.r8), (\.ax, \.rax), (\.cx, \.rcx), (\.dx, \.rdx),
    (\.si, \.rsi), (\.di, \.rdi), (\.origAx, \.originalRax), (\.ip, \.rip), (\.cs, \.cs), (\.flags, \.flags),
    (\.sp, \.rsp), (\.ss, \.ss), (\.fsBase, \.fsBase), (\.gsBase, \.gsBase), (\.ds, \.ds), (\.es, \.es),
    (\.fs, \.fs), (\.gs, \.gs),
  ]

  init(_ entry: UserX86RegsEntry) { self.entry = entry }

  /// - Parameter registers: What ptrace gives.
  init(_ registers: Registers) {
    entry = UserX86RegsEntry()
    for field in RegistersX86.fields { entry[keyPath: field.image] = registers[keyPath: field.kernel] }
    entry.mode = .native
    if registers.is32Bit { keep32Bits() }
  }

  /// Of 32-bit code, images have what the kernel's shorter structure has.
  private mutating func keep32Bits() {
    entry.mode = .compat
    for field in RegistersX86.fields { entry[keyPath: field.image] &= 0xffff_ffff }
    for field in RegistersX86.missingIn32Bits { entry[keyPath: field] = 0 }
  }

  /// The bases are those of the descriptors that `fs` and `gs` select.
  private static let missingIn32Bits: [any WritableKeyPath<UserX86RegsEntry, UInt64> & Sendable] = [
    \.r8, \.r9, \.r10, \.r11, \.r12, \.r13, \.r14, \.r15, \.fsBase, \.gsBase,
  ]

  /// What ptrace takes.
  var registers: Registers {
    var registers = Registers()
    for field in RegistersX86.fields { registers[keyPath: field.kernel] = entry[keyPath: field.image] }
    return registers
  }

  /// Undoes what the kernel does at the end of an interrupted system call, since the kernel that restores does not know
  /// of the call: the thread goes back to the `syscall` instruction, or the call ends with EINTR where only the kernel
  /// knew how to go on (a restart block, as of nanosleep(2)).
  mutating func leaveSystemCall() {
    guard signed(entry.origAx) >= 0 else { return }
    switch signed(entry.ax) {
    case RegistersX86.restartSystem, RegistersX86.restartNoInterrupt, RegistersX86.restartNoHandler:
      entry.ax = entry.origAx
      entry.ip &-= 2
    case RegistersX86.restartBlock:
      entry.ax = is32Bit ? UInt64(UInt32(bitPattern: -4)) : UInt64(bitPattern: -4)
    default:
      break
    }
  }

  private var is32Bit: Bool { entry.mode == .compat }

  private func signed(_ value: UInt64) -> Int64 {
    is32Bit ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
  }

  /// For a thread that is stopped in another system call: the kernel must not restart that one into them.
  ///
  /// - Parameter areas: The descriptors of the thread; `fs` and `gs` of 32-bit code have their bases.
  func outsideSystemCall(_ areas: [UserDescT]) -> Registers {
    var registers = registers
    registers.originalRax = UInt64.max
    if is32Bit {
      registers.fsBase = areas.base(of: entry.fs)
      registers.gsBase = areas.base(of: entry.gs)
    }
    return registers
  }

  // Results that never reach a program (linux/errno.h of the kernel).
  private static let restartSystem: Int64 = -512
  private static let restartNoInterrupt: Int64 = -513
  private static let restartNoHandler: Int64 = -514
  private static let restartBlock: Int64 = -516
}
