internal import Images
internal import Linux

/// Which descriptor numbers a task is to have, and for what.
struct DescriptorPlan {
  struct Target: Hashable {
    let number: CInt
    let closeOnExec: Bool
  }

  /// Ascending numbers; never empty.
  private(set) var targets: [FileKey: [Target]] = [:]
  /// Files in the order of their first number.
  private(set) var order: [FileKey] = []
  private let numbers: Set<CInt>
  /// The first number above all others.
  let end: CInt

  init(_ descriptors: [FdinfoEntry]) {
    let sorted = descriptors.sorted { $0.fd < $1.fd }
    for descriptor in sorted {
      let target = Target(number: CInt(truncatingIfNeeded: descriptor.fd), closeOnExec: descriptor.flags & 1 != 0)
      if targets[descriptor.key] == nil { order.append(descriptor.key) }
      targets[descriptor.key, default: []].append(target)
    }
    numbers = Set(sorted.map { CInt(truncatingIfNeeded: $0.fd) })
    end = (sorted.last.map { CInt(truncatingIfNeeded: $0.fd) } ?? -1) + 1
  }

  func isTarget(_ number: CInt) -> Bool { numbers.contains(number) }

  /// The first number from `start` on that is to stay free for other uses.
  func firstOutside(from start: CInt) -> CInt {
    var number = start
    while numbers.contains(number) { number += 1 }
    return number
  }
}
