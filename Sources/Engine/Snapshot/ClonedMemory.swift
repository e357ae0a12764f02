internal import Linux
internal import Streams

/// Where pages are read from.
protocol PageMemory: AnyObject {
  /// Reads all pieces, one behind the other, into `buffer`, which has exactly their size.
  func read(_ pieces: [TaskPages.Piece], into buffer: UnsafeMutableRawBufferPointer) throws(Failure)
}

extension TaskPages: PageMemory {}

/// The memory of a task as it was when it was cloned: its clone's, and what no clone has, which was read while the task
/// was frozen.
final class ClonedMemory: PageMemory {
  /// Ascending.
  private let held: [(range: Range<UInt64>, bytes: [UInt8])]
  private let clone: TaskPages
  /// Called with the bytes that are about to be read.
  private let watch: (Int) throws(Failure) -> Void

  init(
    clone: TaskPages, held: [(range: Range<UInt64>, bytes: [UInt8])], watch: @escaping (Int) throws(Failure) -> Void
  ) {
    self.clone = clone
    self.held = held
    self.watch = watch
  }

  func read(_ pieces: [TaskPages.Piece], into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    try watch(buffer.count)
    var offset = 0
    for piece in pieces {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<(offset + piece.byteCount)])
      try read(piece.address..<(piece.address + UInt64(piece.byteCount)), into: part)
      offset += piece.byteCount
    }
  }

  private func read(_ range: Range<UInt64>, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    var address = range.lowerBound
    func next(to end: UInt64) -> UnsafeMutableRawBufferPointer {
      let begin = Int(address - range.lowerBound)
      return UnsafeMutableRawBufferPointer(rebasing: buffer[begin..<(begin + Int(end - address))])
    }
    for (heldRange, bytes) in held where heldRange.overlaps(range) {
      let part = heldRange.clamped(to: range)
      if address < part.lowerBound { try readClone(address, into: next(to: part.lowerBound)) }
      address = part.lowerBound
      let begin = Int(part.lowerBound - heldRange.lowerBound)
      next(to: part.upperBound).copyBytes(from: bytes[begin..<(begin + part.count)])
      address = part.upperBound
    }
    if address < range.upperBound { try readClone(address, into: next(to: range.upperBound)) }
  }

  /// Through its memory file: process_vm_readv(2) would give the clone a copy of its own of each page (`TaskPages`).
  private func readClone(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    try clone.read([TaskPages.Piece(address: address, byteCount: buffer.count, way: .memoryFile)], into: buffer)
  }
}
