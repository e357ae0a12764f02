internal import Linux

/// Which files have locks, by one look at /proc/locks: most have none, and need not be asked one by one.
struct LockTable {
  struct File: Hashable {
    let device: DeviceNumber
    let inode: UInt64
  }

  /// `nil` where the table may lack some.
  private let held: Set<File>?
  private let holdsOfUnnamedDevice: Bool

  /// Whether it is any use: in another pid namespace than the first, the kernel leaves out the locks of processes that
  /// have ended.
  static let isWhole = ifThere { () throws(Failure) in try readLink("/proc/self/ns/pid") } == "pid:[4026531836]"

  /// The tree is frozen.
  init() throws(Failure) {
    guard LockTable.isWhole else {
      (held, holdsOfUnnamedDevice) = (nil, true)
      return
    }
    (held, holdsOfUnnamedDevice) = LockTable.parse(try readBytes("/proc/locks"))
  }

  /// "1: FLOCK  ADVISORY  WRITE 713 00:1a:4261 0 EOF", or "1: -> ..." for who waits (proc_locks(5)).
  static func parse(_ text: [UInt8]) -> (held: Set<File>, holdsOfUnnamedDevice: Bool) {
    var held: Set<File> = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      for word in line.split(separator: UInt8(ascii: " ")) {
        let numbers = word.split(separator: UInt8(ascii: ":")).map { String(decoding: $0, as: UTF8.self) }
        guard numbers.count == 3, let major = UInt32(numbers[0], radix: 16), let minor = UInt32(numbers[1], radix: 16),
          let inode = UInt64(numbers[2])
        else { continue }
        held.insert(File(device: DeviceNumber(major: major, minor: minor), inode: inode))
      }
    }
    return (held, held.contains { $0.device.major == 0 })
  }

  /// File systems without a device of their own (overlay, btrfs) may tell stat(2) other numbers than the table has.
  func mayHold(_ status: FileStatus) -> Bool {
    guard let held else { return true }
    if status.device.major == 0 { return holdsOfUnnamedDevice }
    return held.contains(File(device: status.device, inode: status.inode))
  }
}
