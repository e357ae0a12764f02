internal import CLinux
internal import Glibc

/// Where the kernel believes the parts of a program are (proc_pid_stat(5), fields 26 to 51).
public struct AddressLayout: Hashable, Sendable {
  public var startCode: UInt64 = 0
  public var endCode: UInt64 = 0
  public var startStack: UInt64 = 0
  public var startData: UInt64 = 0
  public var endData: UInt64 = 0
  public var startBreak: UInt64 = 0
  public var argumentStart: UInt64 = 0
  public var argumentEnd: UInt64 = 0
  public var environmentStart: UInt64 = 0
  public var environmentEnd: UInt64 = 0

  /// - Throws: `EACCES` we may not trace the process; then the kernel shows 0 or 1 instead of addresses.
  public static func read(pid: Int32) throws(Failure) -> AddressLayout {
    let path = "/proc/\(pid)/stat"
    guard let layout = AddressLayout(statLine: try readProc(path)) else {
      throw Failure(
        "read where the program's parts are", path, .badMessage,
        remedy: "This kernel writes /proc/PID/stat in an unknown form: report it.")
    }
    return layout
  }

  /// - Parameter bytes: The one line of /proc/PID/stat. The name in brackets may hold anything, also brackets.
  public init?(statLine bytes: [UInt8]) {
    guard let bracket = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(bracket + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    // The first field behind the name is number 3.
    func field(_ number: Int) -> UInt64 {
      fields[number - 3].reduce(0) { $0 &* 10 &+ UInt64($1 &- UInt8(ascii: "0")) }
    }
    guard fields.count >= 51 - 2 else { return nil }
    startCode = field(26)
    endCode = field(27)
    startStack = field(28)
    startData = field(45)
    endData = field(46)
    startBreak = field(47)
    argumentStart = field(48)
    argumentEnd = field(49)
    environmentStart = field(50)
    environmentEnd = field(51)
  }
}

/// The auxiliary vector that the kernel keeps of a process (getauxval(3), /proc/PID/auxv), as words: type and value by
/// turns, zeros at the end.
public func readAuxiliaryVector(pid: Int32) throws(Failure) -> [UInt64] {
  let bytes = try readProc("/proc/\(pid)/auxv")
  return stride(from: 0, to: bytes.count / 8 * 8, by: 8).map { start in
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt64.self) }
  }
}

/// All of a small file of /proc.
func readProc(_ path: String) throws(Failure) -> [UInt8] {
  let file = try openProc(path)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = try file.withRaw { (file) throws(Failure) in
      try check("read", path, remedy: "The task ended: freeze its cgroup first with --freeze-cgroup.") {
        buffer.withUnsafeMutableBytes {
          systemCall(SystemCall(SYS_read), Int(file), Int(bitPattern: $0.baseAddress), $0.count)
        }
      }
    }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}
