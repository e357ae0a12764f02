internal import Linux

/// Numbers for open files: descriptors of one open file description get one number, whoever holds them.
///
/// kcmp(2) decides, but only among descriptors of the same inode and flags, and there by bisection in the kernel's own
/// order: 5,000 descriptors of one file cost 13 calls each. Anonymous inodes all look alike; eventfds have a number, and
/// epoll sets differ by what they watch.
struct OpenFileIDs {
  private struct Group: Hashable {
    var device: DeviceNumber
    var inode: UInt64
    var flags: UInt32
    /// A line of fdinfo that two descriptors of one open file have in common.
    var sign: Substring?
  }

  private struct Entry {
    var pid: Int32
    var number: CInt
    var id: UInt32
  }

  private var groups: [Group: [Entry]] = [:]

  /// - Returns: The number of the descriptor's file, and whether it is a new one, taken from `next`.
  mutating func id(
    of descriptor: Descriptor, at number: CInt, next: () -> UInt32
  ) throws(Failure) -> (id: UInt32, isNew: Bool) {
    let group = Group(
      device: descriptor.status.device, inode: descriptor.status.inode, flags: descriptor.flags,
      sign: descriptor.status.format == .none ? try OpenFileIDs.sign(descriptor.info()) : nil)
    let pid = descriptor.holder
    var low = 0
    if let entries = groups[group] {
      var high = entries.count
      while low < high {
        let middle = (low + high) / 2
        let entry = entries[middle]
        switch try compare(.file, of: pid, Int(number), with: entry.pid, Int(entry.number)) {
        case .same: return (entry.id, false)
        case .before: high = middle
        case .after: low = middle + 1
        }
      }
    }
    let id = next()
    groups[group, default: []].insert(Entry(pid: pid, number: number, id: id), at: low)
    return (id, true)
  }

  private static func sign(_ info: FDInfo) -> Substring? {
    info.values(of: "eventfd-id:").first ?? info.values(of: "tfd:").first
  }
}
