internal import Linux

/// Memory that is filled at once, by one process.
struct FillPiece {
  private(set) var buffers: [UnsafeMutableRawBufferPointer] = []
  private(set) var byteCount = 0

  /// What one page table maps: two processes that fill pieces next to each other do not wait for one lock.
  private static let alignment = 2 << 20
  private static let bufferLimit = 512

  /// Cuts buffers into pieces, in order.
  static func cut(
    _ buffers: [UnsafeMutableRawBufferPointer], _ body: (FillPiece) throws(Failure) -> Void
  ) throws(Failure) {
    var piece = FillPiece()
    for buffer in buffers {
      var rest = buffer[...]
      while !rest.isEmpty {
        let address = Int(bitPattern: UnsafeRawBufferPointer(rebasing: rest).baseAddress)
        let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(alignment - address % alignment))
        piece.buffers.append(part)
        piece.byteCount += part.count
        rest = rest.dropFirst(part.count)
        if piece.byteCount >= alignment || piece.buffers.count == bufferLimit {
          try body(piece)
          piece = FillPiece()
        }
      }
    }
    if piece.byteCount > 0 { try body(piece) }
  }
}
