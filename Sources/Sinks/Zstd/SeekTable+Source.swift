internal import Linux
internal import Streams

extension SeekTable {
  /// Reads the table alone, from the end of the image, where the source can be read at any place.
  ///
  /// - Throws: `EBADMSG` where there is none.
  static func read(_ name: ImageName, from source: any ImageSource) throws(Failure) -> SeekTable {
    let size = try source.open(name)?.skip(byteCount: .max) ?? 0
    let foot = try tail(footByteCount, of: name, size: size, source)
    let count: Int? = foot.withUnsafeBytes { SeekTable.frameCount(foot: $0) }
    let bytes = try tail(count.map(byteCount) ?? 0, of: name, size: size, source)
    guard let table = bytes.withUnsafeBytes({ decode($0) }) else { throw damaged(name) }
    return table
  }

  private static func tail(
    _ byteCount: Int, of name: ImageName, size: Int, _ source: any ImageSource
  ) throws(Failure) -> [UInt8] {
    guard byteCount > 0, byteCount <= size, let reader = try source.open(name) else { throw damaged(name) }
    _ = try reader.skip(byteCount: size - byteCount)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
    defer { buffer.deallocate() }
    guard try reader.readFully(into: [buffer]) == byteCount else { throw damaged(name) }
    return Array(buffer)
  }

  private static func damaged(_ name: ImageName) -> Failure {
    Failure(
      "read the seek table", "\(name), which is cut or does not end with one", .badMessage,
      remedy: "The image is cut or damaged: restore from another copy of the set.")
  }
}
