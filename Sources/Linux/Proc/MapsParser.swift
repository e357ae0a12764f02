/// Reads the text of /proc/PID/maps or /proc/PID/smaps piece by piece, without a String a line: that would cost six
/// times what the kernel needs to write smaps (style.md).
public struct MapsParser {
  public private(set) var entries: [MapsEntry] = []

  public init() {}

  /// Takes all whole lines at the start of `bytes`.
  ///
  /// - Returns: Bytes taken; the rest is the beginning of a line, to be given again with more behind it.
  /// - Throws: `EBADMSG` for text that is neither form.
  public mutating func take(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Int {
    var start = 0
    while start < bytes.count {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { break }
      try take(line: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      start = end + 1
    }
    return start
  }

  private mutating func take(line: UnsafeRawBufferPointer) throws(Failure) {
    guard line.count > 12 else { return }
    switch line[0] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
      try entries.append(MapsParser.entry(line))
    case UInt8(ascii: "V") where line[1] == UInt8(ascii: "m"):
      last { $0.flags = MapsParser.flags(line) }
    case UInt8(ascii: "K") where line[1] == UInt8(ascii: "e"):
      last { $0.pageByteCount = MapsParser.kibibytes(line) * 1024 }
    case UInt8(ascii: "S") where line[1] == UInt8(ascii: "h") && line[7] == UInt8(ascii: "C"):
      last { $0.sharedCleanByteCount = MapsParser.kibibytes(line) * 1024 }
    case UInt8(ascii: "S") where line[1] == UInt8(ascii: "h") && line[7] == UInt8(ascii: "D"):
      last { $0.sharedDirtyByteCount = MapsParser.kibibytes(line) * 1024 }
    default: break
    }
  }

  private mutating func last(_ change: (inout MapsEntry) -> Void) {
    if !entries.isEmpty { change(&entries[entries.count - 1]) }
  }

  /// "7f00-8000 rw-p 00000000 fe:00 1234      /path"
  private static func entry(_ line: UnsafeRawBufferPointer) throws(Failure) -> MapsEntry {
    var cursor = MapsCursor(line)
    var entry = MapsEntry()
    entry.start = cursor.number(radix: 16)
    cursor.skip(UInt8(ascii: "-"))
    entry.end = cursor.number(radix: 16)
    cursor.skip(UInt8(ascii: " "))
    if cursor.next() == UInt8(ascii: "r") { entry.protection |= 1 }
    if cursor.next() == UInt8(ascii: "w") { entry.protection |= 2 }
    if cursor.next() == UInt8(ascii: "x") { entry.protection |= 4 }
    entry.isShared = cursor.next() == UInt8(ascii: "s")
    cursor.skip(UInt8(ascii: " "))
    entry.offset = cursor.number(radix: 16)
    cursor.skip(UInt8(ascii: " "))
    entry.deviceMajor = UInt32(truncatingIfNeeded: cursor.number(radix: 16))
    cursor.skip(UInt8(ascii: ":"))
    entry.deviceMinor = UInt32(truncatingIfNeeded: cursor.number(radix: 16))
    cursor.skip(UInt8(ascii: " "))
    entry.inode = cursor.number(radix: 10)
    guard cursor.isGood, entry.end > entry.start else {
      throw Failure(
        "read the mappings", "line \"\(String(decoding: line, as: UTF8.self))\"", .badMessage,
        remedy: "This kernel writes /proc/PID/maps in an unknown form: report it.")
    }
    entry.name = MapsEntry.Name(cursor.rest())
    return entry
  }

  private static func flags(_ line: UnsafeRawBufferPointer) -> VmFlags {
    var flags = VmFlags()
    var at = 9  // after "VmFlags: "
    while at + 1 < line.count {
      flags.insert(VmFlags(first: line[at], second: line[at + 1]))
      at += 3
    }
    return flags
  }

  /// "KernelPageSize:        4 kB"
  private static func kibibytes(_ line: UnsafeRawBufferPointer) -> UInt64 {
    var cursor = MapsCursor(line)
    cursor.passColon()
    return cursor.number(radix: 10)
  }
}

/// A place within one line.
struct MapsCursor {
  private let line: UnsafeRawBufferPointer
  private var at = 0
  private(set) var isGood = true

  init(_ line: UnsafeRawBufferPointer) { self.line = line }

  mutating func next() -> UInt8 {
    guard at < line.count else {
      isGood = false
      return 0
    }
    defer { at += 1 }
    return line[at]
  }

  mutating func skip(_ byte: UInt8) {
    if next() != byte { isGood = false }
  }

  /// A number after any blanks.
  mutating func number(radix: UInt64) -> UInt64 {
    skipBlanks()
    var value: UInt64 = 0
    let first = at
    while at < line.count {
      let byte = line[at]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte &- UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f") where radix == 16: digit = byte &- UInt8(ascii: "a") &+ 10
      default: digit = 255
      }
      if digit == 255 { break }
      value = value &* radix &+ UInt64(digit)
      at += 1
    }
    if at == first { isGood = false }
    return value
  }

  mutating func passColon() {
    while at < line.count, line[at] != UInt8(ascii: ":") { at += 1 }
    at += 1
  }

  mutating func rest() -> UnsafeRawBufferPointer {
    skipBlanks()
    return UnsafeRawBufferPointer(rebasing: line[min(at, line.count)...])
  }

  private mutating func skipBlanks() {
    while at < line.count, line[at] == UInt8(ascii: " ") { at += 1 }
  }
}

extension MapsEntry.Name {
  init(_ text: UnsafeRawBufferPointer) {
    guard let first = text.first else {
      self = .none
      return
    }
    if first == UInt8(ascii: "[") {
      self = MapsEntry.Name.inBrackets.first { text.elementsEqual($0.0.utf8) }?.1 ?? .bracketed
    } else if first == UInt8(ascii: "/") {
      self = MapsEntry.Name(path: text)
    } else {
      self = text.starts(with: "socket:[".utf8) ? .socket : .path
    }
  }

  private init(path text: UnsafeRawBufferPointer) {
    // Most paths differ from all of these in the first letters: no String is made and little is compared.
    if text.elementsEqual("/dev/zero (deleted)".utf8) {
      self = .sharedZero
    } else if text.starts(with: "/memfd:".utf8) {
      self = .memfd
    } else if text.starts(with: "/SYSV".utf8) {
      self = .sysV
    } else if text.starts(with: "/[aio]".utf8) {
      self = .aioRing
    } else if text.elementsEqual("/anon_hugepage (deleted)".utf8) {
      self = .anonymousHuge
    } else {
      self = .path
    }
  }

  private static let inBrackets: [(String, MapsEntry.Name)] = [
    ("[heap]", .heap), ("[stack]", .stack), ("[vdso]", .vdso), ("[vvar]", .vvar), ("[vvar_vclock]", .vvarClock),
    ("[vsyscall]", .vsyscall), ("[uprobes]", .uprobes),
  ]
}
