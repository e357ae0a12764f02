public import Linux

/// An image in memory.
public final class BytesReader: ImageReader {
  private var rest: ArraySlice<UInt8>

  public init(_ bytes: [UInt8]) { rest = bytes[...] }

  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let piece = rest.prefix(buffer.count)
    rest = rest.dropFirst(piece.count)
    buffer.copyBytes(from: piece)
    return piece.count
  }
}
