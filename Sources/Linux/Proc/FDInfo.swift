internal import CLinux
internal import Glibc

/// /proc/PID/fdinfo/N (proc(5)): what the kernel tells of one descriptor, and lines that depend on its kind, such as
/// "lock:\t..." and "eventfd-count: ...".
public struct FDInfo: Hashable, Sendable {
  /// Lines are looked for when they are asked for: of most files, one or two are.
  private let text: [UInt8]

  /// - Returns: `nil` for text without flags.
  public init?(parsing text: [UInt8]) {
    self.text = text
    if number("flags:", radix: 8) == nil { return nil }
  }

  /// Open flags, with O_CLOEXEC as the descriptor has it.
  public var flags: UInt32 { number("flags:", radix: 8).map { UInt32(truncatingIfNeeded: $0) } ?? 0 }

  public var closeOnExec: Bool { flags & FileFlags.closeOnExec != 0 }

  /// The rest of every line that begins with `key`, which ends in ":".
  public func values(of key: StaticString) -> [Substring] {
    var values: [Substring] = []
    eachValue(of: key) {
      values.append(Substring(decoding: $0, as: UTF8.self))
      return true
    }
    return values
  }

  public func has(_ key: StaticString) -> Bool { first(of: key) != nil }

  /// The rest of the first line that begins with `key`, as bytes.
  public func first(of key: StaticString) -> ArraySlice<UInt8>? {
    var first: ArraySlice<UInt8>?
    eachValue(of: key) {
      first = $0
      return false
    }
    return first
  }

  /// The rest of each line that begins with `key`, as bytes, while `body` returns true.
  public func eachValue(of key: StaticString, _ body: (ArraySlice<UInt8>) -> Bool) {
    var start = 0
    while start < text.count {
      let (value, end) = text.withUnsafeBytes { FDInfo.line(in: $0, from: start, key) }
      if let value, !body(text[value..<end]) { return }
      start = end + 1
    }
  }

  /// - Returns: Where the line ends, and where in it the value of `key` begins, if it has that.
  private static func line(
    in text: UnsafeRawBufferPointer, from start: Int, _ key: StaticString
  ) -> (value: Int?, end: Int) {
    let line = text.baseAddress! + start
    let newline = memchr(line, CInt(UInt8(ascii: "\n")), text.count - start)
    let end = newline.map { UnsafeRawPointer($0) - text.baseAddress! } ?? text.count
    var value = start + key.utf8CodeUnitCount
    guard value <= end, memcmp(line, key.utf8Start, key.utf8CodeUnitCount) == 0 else { return (nil, end) }
    while value < end, text[value] == UInt8(ascii: " ") || text[value] == UInt8(ascii: "\t") { value += 1 }
    return (value, end)
  }

  private func number(_ key: StaticString, radix: UInt64) -> UInt64? {
    guard let digits = first(of: key), !digits.isEmpty else { return nil }
    return FDInfo.number(digits, radix: radix)
  }

  /// - Returns: `nil` for anything else than digits; 0 for none.
  public static func number(_ digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      number = number &* radix &+ UInt64(digit - UInt8(ascii: "0"))
    }
    return number
  }
}

extension FDInfo {
  static func path(pid: Int32, descriptor: CInt) -> String { "/proc/\(pid)/fdinfo/\(descriptor)" }

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

/// A file of fdinfo that stays open. Each read tells what descriptor the number is then, and nothing of the program is
/// held by it: to read it takes 1.4 microseconds, to open, read and close it 8.8.
public struct OpenFDInfo: Sendable {
  /// Whoever has it closes it.
  public let file: BorrowedFD

  public init(pid: Int32, descriptor: CInt) throws(Failure) {
    let path = FilePath(FDInfo.path(pid: pid, descriptor: descriptor))
    let file = try path.open(
      flags: Int32(FileFlags.readOnly), remedy: "The task ended, or /proc is not mounted or hides it (hidepid).")
    self.file = BorrowedFD(file.release())
  }

  /// - Returns: As many bytes as there was room for, or -errno.
  public func read(into room: UnsafeMutableRawBufferPointer) -> Int {
    systemCall(SystemCall(SYS_pread64), Int(file.raw), Int(bitPattern: room.baseAddress), room.count, 0)
  }
}
