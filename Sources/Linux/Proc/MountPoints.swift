/// One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), as far as it says where a file system is.
public struct MountPoint: Hashable, Sendable {
  public let id: Int32
  public let device: DeviceNumber
  /// As the process sees it.
  public let path: FilePath

  /// - Returns: `nil` for a line of another form.
  public init?(parsing line: ArraySlice<UInt8>) {
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
    guard words.count > 5 else { return nil }
    func number(_ word: ArraySlice<UInt8>) -> Int32? { Int32(String(decoding: word, as: UTF8.self)) }
    let parts = words[2].split(separator: UInt8(ascii: ":"))
    guard let id = number(words[0]), parts.count == 2, let major = number(parts[0]), let minor = number(parts[1]) else {
      return nil
    }
    self.id = id
    device = DeviceNumber(major: UInt32(bitPattern: major), minor: UInt32(bitPattern: minor))
    path = FilePath(MountPoint.unescaped(words[4]))
  }

  /// Blanks, line ends and backslashes stand as a backslash and three octal digits.
  private static func unescaped(_ word: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = word
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }

  /// All mounts of a process, in the order in which they were mounted over each other.
  ///
  /// - Parameter process: A pid, or "self".
  public static func all(of process: String) throws(Failure) -> [MountPoint] {
    try readBytes("/proc/\(process)/mountinfo").split(separator: UInt8(ascii: "\n")).compactMap { MountPoint(parsing: $0) }
  }
}
