internal import Glibc

/// What /proc/PID/stat tells of a process, or /proc/PID/task/TID/stat of a thread (proc_pid_stat(5)).
public struct ProcStat: Sendable {
  /// `comm`: at most 15 bytes, any but NUL.
  public let command: String
  public let state: Character
  /// From field 4 (ppid) on; negative ones in two's complement.
  private let fields: [UInt64]

  /// - Throws: as `readBytes`; `EBADMSG` not a stat line.
  public init(pid: Int32, tid: Int32? = nil) throws(Failure) {
    let path = tid.map { "/proc/\(pid)/task/\($0)/stat" } ?? "/proc/\(pid)/stat"
    try self.init(parsing: try readBytes(path), path: path)
  }

  public init(parsing bytes: [UInt8], path: String) throws(Failure) {
    // The command may contain anything, so it ends at the last parenthesis.
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let close = bytes.lastIndex(of: UInt8(ascii: ")")),
      open < close, bytes.count > close + 2
    else {
      throw Failure("read the process's state", path, .badMessage, remedy: "Report this kernel: its format is new.")
    }
    command = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
    state = Character(Unicode.Scalar(bytes[close + 2]))
    fields = bytes[(close + 3)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map(ProcStat.number)
  }

  private static func number(_ text: ArraySlice<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for byte in text where byte != UInt8(ascii: "-") { value = value &* 10 &+ UInt64(byte &- UInt8(ascii: "0")) }
    return text.first == UInt8(ascii: "-") ? 0 &- value : value
  }

  /// - Parameter number: As the manual page counts; 0 where the kernel has fewer.
  private func field(_ number: Int) -> UInt64 { number - 4 < fields.count ? fields[number - 4] : 0 }

  public var parent: Int32 { Int32(truncatingIfNeeded: field(4)) }
  public var processGroup: Int32 { Int32(truncatingIfNeeded: field(5)) }
  public var session: Int32 { Int32(truncatingIfNeeded: field(6)) }
  /// The controlling terminal's device number; 0: none.
  public var terminal: Int32 { Int32(truncatingIfNeeded: field(7)) }
  /// The foreground process group of that terminal.
  public var terminalProcessGroup: Int32 { Int32(truncatingIfNeeded: field(8)) }
  /// PF_ flags.
  public var flags: UInt64 { field(9) }
  /// Whether it has ended, is about to (PF_EXITING), or has been sent a SIGKILL.
  public var ends: Bool {
    state == "Z" || state == "X" || flags & 0x4 != 0 || field(31) & 1 << (UInt64(SIGKILL) - 1) != 0
  }
  public var nice: Int { Int(truncatingIfNeeded: field(19)) }
  /// Clock ticks since boot: with the pid it names a process for good.
  public var startTime: UInt64 { field(22) }
  public var codeStart: UInt64 { field(26) }
  public var codeEnd: UInt64 { field(27) }
  public var stackStart: UInt64 { field(28) }
  public var dataStart: UInt64 { field(45) }
  public var dataEnd: UInt64 { field(46) }
  public var breakStart: UInt64 { field(47) }
  public var argumentsStart: UInt64 { field(48) }
  public var argumentsEnd: UInt64 { field(49) }
  public var environmentStart: UInt64 { field(50) }
  public var environmentEnd: UInt64 { field(51) }
  /// In the form of wait(2); 0 until it has ended.
  public var exitStatus: Int32 { Int32(truncatingIfNeeded: field(52)) }
}
