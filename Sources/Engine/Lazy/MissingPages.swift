internal import Streams

/// Pages of a task that are still to come: where it has them now, and where it had them when it was dumped.
struct MissingPages {
  struct Piece: Hashable {
    /// Where the task has them now.
    var address: UInt64
    /// Where the images, or the task at its dump, have them.
    var source: UInt64
    var pageCount: Int

    var byteCount: Int { pageCount * pageSize }
    var end: UInt64 { address + UInt64(byteCount) }

    /// What of it lies in `range`, which it overlaps.
    func clamped(to range: Range<UInt64>) -> Piece {
      let start = max(address, range.lowerBound)
      return Piece(
        address: start, source: source + (start - address), pageCount: Int(min(end, range.upperBound) - start) / pageSize)
    }
  }

  /// Ascending by address; none is empty, none overlaps another.
  private(set) var pieces: [Piece] = []

  init() {}

  /// - Parameter runs: Ascending.
  init(_ runs: [PageRun]) {
    pieces = runs.map { Piece(address: $0.address, source: $0.address, pageCount: $0.pageCount) }
  }

  var isEmpty: Bool { pieces.isEmpty }
  var byteCount: Int { pieces.reduce(0) { $0 + $1.byteCount } }

  /// The first piece that ends behind `address`.
  func piece(endingAfter address: UInt64) -> Piece? {
    let index = index(endingAfter: address)
    return index < pieces.count ? pieces[index] : nil
  }

  func contains(_ address: UInt64) -> Bool { piece(endingAfter: address).map { $0.address <= address } ?? false }

  private func index(endingAfter address: UInt64) -> Int {
    var (low, high) = (0, pieces.count)
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].end <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Takes out what lies in `range`.
  ///
  /// - Returns: The pieces, ascending.
  @discardableResult
  mutating func take(_ range: Range<UInt64>) -> [Piece] {
    let first = index(endingAfter: range.lowerBound)
    var end = first
    while end < pieces.count, pieces[end].address < range.upperBound { end += 1 }
    guard first < end else { return [] }
    let taken = pieces[first..<end].map { $0.clamped(to: range) }
    var rest: [Piece] = []
    let (head, tail) = (pieces[first], pieces[end - 1])
    if head.address < range.lowerBound { rest.append(head.clamped(to: head.address..<range.lowerBound)) }
    if tail.end > range.upperBound { rest.append(tail.clamped(to: range.upperBound..<tail.end)) }
    pieces.replaceSubrange(first..<end, with: rest)
    return taken
  }

  /// Takes out the first pages from `address` on: in so many pieces that they are `byteCount` together, or fewer where
  /// there are no more before `limit`.
  mutating func takeFirst(from address: UInt64, to limit: UInt64, byteCount: Int) -> [Piece] {
    var index = index(endingAfter: address)
    var (end, left) = (address, byteCount)
    while index < pieces.count, left > 0, pieces[index].address < limit {
      let start = max(pieces[index].address, address)
      let size = min(left, Int(min(pieces[index].end, limit) - start))
      end = start + UInt64(size)
      left -= size
      index += 1
    }
    return end > address ? take(address..<end) : []
  }

  /// Puts pieces back, or those of a parent into its child.
  mutating func insert(_ added: [Piece]) {
    for piece in added {
      take(piece.address..<piece.end)  // a piece that is there already is the same
      pieces.insert(piece, at: index(endingAfter: piece.address))
    }
  }

  /// The task moved memory (mremap(2)).
  mutating func move(from: UInt64, to: UInt64, byteCount: UInt64) {
    let moved = take(from..<(from + byteCount))
    take(to..<(to + byteCount))  // what was there is unmapped
    insert(moved.map { Piece(address: $0.address - from + to, source: $0.source, pageCount: $0.pageCount) })
  }
}
