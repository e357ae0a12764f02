/// /proc/PID/fdinfo/N (proc(5)): what the kernel tells of one descriptor, and lines that depend on its kind.
public struct FDInfo: Hashable, Sendable {
  /// Open flags, with O_CLOEXEC as the descriptor has it.
  public private(set) var flags: UInt32 = 0
  public private(set) var position: UInt64 = 0
  public private(set) var mountID: Int32?
  /// The lines after those: "lock:\t...", "eventfd-count: ...", without their line ends.
  private var lines: [ArraySlice<UInt8>] = []

  public var closeOnExec: Bool { flags & FileFlags.closeOnExec != 0 }

  /// - Returns: `nil` for text without flags.
  public init?(parsing text: [UInt8]) {
    var hasFlags = false
    for line in text.split(separator: UInt8(ascii: "\n")) {
      if let value = FDInfo.value(of: "pos:", in: line) {
        position = FDInfo.number(value, radix: 10) ?? 0
      } else if let value = FDInfo.value(of: "flags:", in: line), let number = FDInfo.number(value, radix: 8) {
        flags = UInt32(truncatingIfNeeded: number)
        hasFlags = true
      } else if let value = FDInfo.value(of: "mnt_id:", in: line) {
        mountID = FDInfo.number(value, radix: 10).map { Int32(truncatingIfNeeded: $0) }
      } else if FDInfo.value(of: "ino:", in: line) == nil {
        lines.append(line)
      }
    }
    guard hasFlags else { return nil }
  }

  /// The rest of every kind-specific line that begins with `key`, which ends in ":".
  public func values(of key: StaticString) -> [Substring] {
    lines.compactMap { line in FDInfo.value(of: key, in: line).map { Substring(decoding: $0, as: UTF8.self) } }
  }

  public func has(_ key: StaticString) -> Bool { first(of: key) != nil }

  /// The rest of the first kind-specific line that begins with `key`, as bytes.
  public func first(of key: StaticString) -> ArraySlice<UInt8>? {
    for line in lines { if let value = FDInfo.value(of: key, in: line) { return value } }
    return nil
  }

  private static func value(of key: StaticString, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let isKey = key.withUTF8Buffer { line.starts(with: $0) }
    guard isKey else { return nil }
    return line.dropFirst(key.utf8CodeUnitCount).drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
  }

  private static func number(_ digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
    var number: UInt64 = 0
    guard !digits.isEmpty else { return nil }
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      number = number &* radix &+ UInt64(digit - UInt8(ascii: "0"))
    }
    return number
  }
}

extension FDInfo {
  public static func path(pid: Int32, descriptor: CInt) -> String { "/proc/\(pid)/fdinfo/\(descriptor)" }

  /// - Parameter text: Where somebody has read it already.
  public static func read(pid: Int32, descriptor: CInt, text: [UInt8]? = nil) throws(Failure) -> FDInfo {
    let path = path(pid: pid, descriptor: descriptor)
    let bytes = if let text { text } else { try readBytes(path, isOneRecord: true) }
    guard let info = FDInfo(parsing: bytes) else {
      throw Failure("read the descriptor", path, .badMessage, remedy: "Use a kernel that shows flags in fdinfo.")
    }
    return info
  }
}
