internal import Linux

/// Numbers for the kernel objects of one kind that tasks may share: equal objects, equal numbers. A look-up costs
/// log2(n) calls of kcmp(2).
struct KernelObjectIDs {
  private struct Entry {
    var pid: Int32
    var id: UInt32
  }

  private let object: KernelObject
  /// In the kernel's order.
  private var entries: [Entry] = []

  init(_ object: KernelObject) { self.object = object }

  /// The number of `pid`'s object, counted from 1 in the order of first sight.
  ///
  /// - Returns: Also the first task that was seen with it, if that is another one.
  mutating func id(of pid: Int32) throws(Failure) -> (id: UInt32, other: Int32?) {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      switch try compare(object, of: pid, with: entries[middle].pid) {
      case .same: return (entries[middle].id, entries[middle].pid)
      case .before: high = middle
      case .after: low = middle + 1
      }
    }
    let id = UInt32(entries.count + 1)
    entries.insert(Entry(pid: pid, id: id), at: low)
    return (id, nil)
  }
}
