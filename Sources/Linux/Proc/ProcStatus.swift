/// What /proc/PID/status tells of a process, or /proc/PID/task/TID/status of a thread (proc_pid_status(5)).
public struct ProcStatus: Sendable {
  /// One letter, such as "R", "S", "T" (stopped), "t" (traced), "Z" (zombie), "X" (dead).
  public var state: Character = "?"
  public var name = ""
  public var umask: UInt32 = 0
  public var threadGroup: Int32 = 0
  public var parent: Int32 = 0
  /// 0: nobody traces it.
  public var tracer: Int32 = 0
  /// Real, effective, saved, file system.
  public var userIDs: [UInt32] = []
  public var groupIDs: [UInt32] = []
  public var groups: [UInt32] = []
  /// From our pid namespace to the innermost one.
  public var namespacePids: [Int32] = []
  public var namespaceThreadGroups: [Int32] = []
  public var namespaceProcessGroups: [Int32] = []
  public var namespaceSessions: [Int32] = []
  /// Bit n - 1 is signal n.
  public var pendingSignals: UInt64 = 0
  public var sharedPendingSignals: UInt64 = 0
  public var blockedSignals: UInt64 = 0
  public var ignoredSignals: UInt64 = 0
  public var caughtSignals: UInt64 = 0
  public var inheritableCapabilities: UInt64 = 0
  public var permittedCapabilities: UInt64 = 0
  public var effectiveCapabilities: UInt64 = 0
  public var boundingCapabilities: UInt64 = 0
  public var ambientCapabilities: UInt64 = 0
  public var noNewPrivileges = false
  /// 0 off, 1 strict, 2 filter.
  public var seccompMode = 0
  /// Of mappings with mlock(2).
  public var lockedByteCount: UInt64 = 0
  /// Whether returns are checked against a shadow stack (x86_Thread_features).
  public var hasShadowStack = false

  /// - Throws: as `readBytes`.
  public init(pid: Int32, tid: Int32? = nil) throws(Failure) {
    let path = tid.map { "/proc/\(pid)/task/\($0)/status" } ?? "/proc/\(pid)/status"
    self.init(parsing: try readBytes(path))
  }

  /// Unknown lines are skipped, missing ones leave the defaults: older kernels have fewer.
  public init(parsing bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
      take(String(decoding: line[..<colon], as: UTF8.self), value)
    }
  }

  private mutating func take(_ key: String, _ value: ArraySlice<UInt8>) {
    switch key {
    case "Name": name = String(decoding: value, as: UTF8.self)
    case "State": state = value.first.map { Character(Unicode.Scalar($0)) } ?? "?"
    case "Umask": umask = number(value, radix: 8)
    case "Tgid": threadGroup = number(value)
    case "PPid": parent = number(value)
    case "TracerPid": tracer = number(value)
    case "Uid": userIDs = numbers(value)
    case "Gid": groupIDs = numbers(value)
    case "Groups": groups = numbers(value)
    case "NStgid": namespaceThreadGroups = numbers(value)
    case "NSpid": namespacePids = numbers(value)
    case "NSpgid": namespaceProcessGroups = numbers(value)
    case "NSsid": namespaceSessions = numbers(value)
    case "NoNewPrivs": noNewPrivileges = (number(value) as Int) != 0
    case "Seccomp": seccompMode = number(value)
    case "x86_Thread_features":
      hasShadowStack = String(decoding: value, as: UTF8.self).split(separator: " ").contains("shstk")
    default: takeMask(key, value)
    }
  }

  private mutating func takeMask(_ key: String, _ value: ArraySlice<UInt8>) {
    switch key {
    case "SigPnd": pendingSignals = number(value, radix: 16)
    case "ShdPnd": sharedPendingSignals = number(value, radix: 16)
    case "VmLck": lockedByteCount = number(value.prefix { $0 != UInt8(ascii: " ") }) << 10
    case "SigBlk": blockedSignals = number(value, radix: 16)
    case "SigIgn": ignoredSignals = number(value, radix: 16)
    case "SigCgt": caughtSignals = number(value, radix: 16)
    case "CapInh": inheritableCapabilities = number(value, radix: 16)
    case "CapPrm": permittedCapabilities = number(value, radix: 16)
    case "CapEff": effectiveCapabilities = number(value, radix: 16)
    case "CapBnd": boundingCapabilities = number(value, radix: 16)
    case "CapAmb": ambientCapabilities = number(value, radix: 16)
    default: break
    }
  }
}

/// The number at the beginning, 0 when there is none.
private func number<N: FixedWidthInteger>(_ text: ArraySlice<UInt8>, radix: N = 10) -> N {
  var value: N = 0
  for byte in text {
    let digit: N
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = N(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = N(byte - UInt8(ascii: "a") + 10)
    default: return value
    }
    value = value &* radix &+ digit
  }
  return value
}

private func numbers<N: FixedWidthInteger>(_ text: ArraySlice<UInt8>) -> [N] {
  text.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }.map { number($0) }
}
