internal import Images
internal import Linux

/// The general registers of a thread, as the images have them.
struct RegistersX86: Hashable, Sendable {
  var entry: UserX86RegsEntry

  /// The fields in both forms.
  private typealias Field = (
    image: any WritableKeyPath<UserX86RegsEntry, UInt64> & Sendable,
    kernel: any WritableKeyPath<Registers, UInt64> & Sendable
  )
  private static let fields: [Field] = [
    (\.r15, \.r15), (\.r14, \.r14), (\.r13, \.r13), (\.r12, \.r12), (\.bp, \.rbp), (\.bx, \.rbx),
    (\.r11, \.r11), (\.r10, \.r10), (\.r9, \.r9), (\.r8, \.r8), (\.ax, \.rax), (\.cx, \.rcx), (\.dx, \.rdx),
    (\.si, \.rsi), (\.di, \.rdi), (\.origAx, \.originalRax), (\.ip, \.rip), (\.cs, \.cs), (\.flags, \.flags),
    (\.sp, \.rsp), (\.ss, \.ss), (\.fsBase, \.fsBase), (\.gsBase, \.gsBase), (\.ds, \.ds), (\.es, \.es),
    (\.fs, \.fs), (\.gs, \.gs),
  ]

  init(_ entry: UserX86RegsEntry) { self.entry = entry }

  /// - Parameter registers: What ptrace gives.
  /// - Throws: `EOPNOTSUPP` registers of a 32-bit program.
  init(_ registers: Registers, subject: String) throws(Failure) {
    // The kernel gives another, shorter structure for 32-bit code.
    guard registers.cs == RegistersX86.longModeSelector else {
      throw Failure(
        "dump a 32-bit program", subject, .notSupported, remedy: "Dump 64-bit programs, or use CRIU for this one.")
    }
    entry = UserX86RegsEntry()
    for field in RegistersX86.fields { entry[keyPath: field.image] = registers[keyPath: field.kernel] }
    entry.mode = .native
  }

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
    guard Int64(bitPattern: entry.origAx) >= 0 else { return }
    switch Int64(bitPattern: entry.ax) {
    case RegistersX86.restartSystem, RegistersX86.restartNoInterrupt, RegistersX86.restartNoHandler:
      entry.ax = entry.origAx
      entry.ip &-= 2
    case RegistersX86.restartBlock:
      entry.ax = UInt64(bitPattern: -4)
    default:
      break
    }
  }

  /// For a thread that is stopped in another system call: the kernel must not restart that one into them.
  var outsideSystemCall: Registers {
    var registers = registers
    registers.originalRax = UInt64.max
    return registers
  }

  private static let longModeSelector: UInt64 = 0x33

  // Results that never reach a program (linux/errno.h of the kernel).
  private static let restartSystem: Int64 = -512
  private static let restartNoInterrupt: Int64 = -513
  private static let restartNoHandler: Int64 = -514
  private static let restartBlock: Int64 = -516
}
