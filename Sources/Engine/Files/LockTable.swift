internal import Linux

/// Which files have locks, by one look at /proc/locks: most have none, and need not be asked one by one.
struct LockTable {
  /// By device, as "fe:01", and inode. `nil` where the table may lack some.
  private let held: Set<String>?
  private let holdsOfUnnamedDevice: Bool

  /// The tree is frozen.
  init() throws(Failure) {
    // In another pid namespace than the first, the kernel leaves out the locks of processes that have ended.
    guard try readLink("/proc/self/ns/pid") == "pid:[4026531836]" else {
      (held, holdsOfUnnamedDevice) = (nil, true)
      return
    }
    (held, holdsOfUnnamedDevice) = LockTable.parse(try readBytes("/proc/locks"))
  }

  /// "1: FLOCK  ADVISORY  WRITE 713 00:1a:4261 0 EOF", or "1: -> ..." for who waits (proc_locks(5)).
  static func parse(_ text: [UInt8]) -> (held: Set<String>, holdsOfUnnamedDevice: Bool) {
    let colon = UInt8(ascii: ":")
    var held: Set<String> = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " "))
      if let file = words.first(where: { $0.filter { $0 == colon }.count == 2 }) { held.insert(String(decoding: file, as: UTF8.self)) }
    }
    return (held, held.contains { $0.hasPrefix("00:") })
  }

  /// File systems without a device of their own (overlay, btrfs) may tell stat(2) other numbers than the table has.
  func mayHold(_ status: FileStatus) -> Bool {
    guard let held else { return true }
    if status.device.major == 0 { return holdsOfUnnamedDevice }
    func hex(_ number: UInt32) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }
    return held.contains("\(hex(status.device.major)):\(hex(status.device.minor)):\(status.inode)")
  }
}
