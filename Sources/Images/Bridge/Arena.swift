/// The memory of one encoding or decoding, given back all at once.
final class Arena {
  private var blocks: [UnsafeMutableRawPointer] = []
  private var next: UnsafeMutableRawPointer?
  private var freeBytes = 0
  private var allocatedBytes = 0

  /// For input: two bytes of it can ask for a hundred of memory. No record that CRIU writes comes near this.
  private static let limit = 1 << 30
  private static let blockSize = 1 << 16
  private static let alignment = 16

  deinit {
    for block in blocks { block.deallocate() }
  }

  /// For what input asks for.
  ///
  /// - Returns: `nil` when the limit of all memory is reached.
  func allocateWithinLimit(byteCount: Int) -> UnsafeMutableRawPointer? {
    guard byteCount <= Self.limit - allocatedBytes else { return nil }
    return allocate(byteCount: byteCount)
  }

  func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let rounded = (byteCount + Self.alignment - 1) & ~(Self.alignment - 1)
    allocatedBytes += rounded
    if rounded > Self.blockSize / 4 {
      let block = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: Self.alignment)
      blocks.append(block)
      return block
    }
    if let start = next, rounded <= freeBytes {
      next = start + rounded
      freeBytes -= rounded
      return start
    }
    let block = UnsafeMutableRawPointer.allocate(byteCount: Self.blockSize, alignment: Self.alignment)
    blocks.append(block)
    next = block + rounded
    freeBytes = Self.blockSize - rounded
    return block
  }
}
