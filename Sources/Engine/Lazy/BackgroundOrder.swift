internal import Streams

/// In which order pages come that nobody waits for: first those around the last faults, then by address. Pieces are small
/// while faults come, so that the next one waits little, and grow when they stay away.
struct BackgroundOrder {
  /// A place to go on from, and how far: what a program touched, it goes on touching nearby.
  private struct Trail {
    var next: UInt64
    let end: UInt64
  }

  private var trails: [Trail] = []
  private(set) var byteCount = BackgroundOrder.smallest

  static let smallest = 64 << 10
  static let largest = 1 << 20
  private static let before: UInt64 = 32 << 10
  private static let after: UInt64 = 2 << 20
  private static let trailLimit = 32

  mutating func noteFault(at address: UInt64) {
    byteCount = BackgroundOrder.smallest
    // One that goes on where another trail is, or nearly, needs none of its own.
    if let last = trails.last, address >= last.next &- BackgroundOrder.before, address < last.next &+ UInt64(byteCount) {
      trails.removeLast()
    }
    let start = address > BackgroundOrder.before ? address - BackgroundOrder.before : 0
    trails.append(Trail(next: start, end: address + BackgroundOrder.after))
    if trails.count > BackgroundOrder.trailLimit { trails.removeFirst() }
  }

  /// Takes the next pages out of what is missing; none at the end.
  mutating func next(from missing: inout MissingPages) -> [MissingPages.Piece] {
    defer { byteCount = min(byteCount * 2, BackgroundOrder.largest) }
    while let trail = trails.last {
      let taken = missing.takeFirst(from: trail.next, to: trail.end, byteCount: byteCount)
      if let last = taken.last {
        trails[trails.count - 1].next = last.end
        return taken
      }
      trails.removeLast()
    }
    return missing.takeFirst(from: 0, to: .max, byteCount: byteCount)
  }
}
