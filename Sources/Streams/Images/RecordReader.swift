public import Images
public import Linux

/// Reads the records of one image and the raw bytes between them. What is cut, too large or no message of its kind is a
/// `Failure` that names image, record and offset; an image ends at the end of a record, or it is damaged.
public final class RecordReader {
  private let input: BufferedReader
  private let name: ImageName
  private var recordCount = 0
  /// What the last record announced and nobody read yet.
  private var owed = RecordExtra.bytes(0)
  private var padding = 0

  /// A bound on what one damaged size word can cost. The largest records are those of mm: 50 bytes a mapping.
  public static let largestRecord = 64 << 20

  /// Reads the magics. Sets of version 1 have no head before the own magic.
  ///
  /// - Throws: `EBADMSG` for an image of another kind.
  public init(_ reader: any ImageReader, kind: ImageKind, name: ImageName) throws(Failure) {
    input = BufferedReader(reader)
    self.name = name
    // As if written and left empty: no record.
    guard let first = try word("read the magic") else { return }
    let own = first == kind.head.rawValue && kind.head != .none ? try word("read the magic") : first
    guard own == kind.magic else {
      throw damaged("recognise the image as \(kind)", remedy: "The file is no such image: check the images directory.")
    }
  }

  /// The next record; what is left of the bytes after the last one is skipped.
  ///
  /// - Returns: `nil` at the end of the image.
  /// - Throws: `EBADMSG`.
  public func next<M: ImageMessage>(_ type: M.Type = M.self) throws(Failure) -> M? {
    try skipOwed()
    let start = input.offset
    guard let size = try word("read the size of a record") else { return nil }
    guard size <= Self.largestRecord else { throw damaged("read a record of \(size) bytes", at: start) }
    let message = try input.withBytes(Int(size)) { (bytes) throws(Failure) -> M in
      guard bytes.byteCount == Int(size) else { throw damaged("read a record of \(size) bytes", at: start) }
      do throws(Failure) { return try M(decoding: bytes) } catch {
        throw damaged("decode a record of \(size) bytes as \(M.name)", at: start)
      }
    }
    recordCount += 1
    owed = message.trailing
    padding = owed.paddingCount
    return message
  }

  /// The next `byteCount` bytes after the last record.
  ///
  /// - Throws: `EBADMSG` when the image ends early, or the record has fewer.
  public func readExtra(byteCount: Int) throws(Failure) -> [UInt8] {
    try takeOwed(byteCount)
    let bytes = try input.read(byteCount)
    guard bytes.count == byteCount else { throw damaged("read \(byteCount) bytes after the record") }
    return bytes
  }

  /// Fills `buffer` with the next bytes after the last record.
  public func readExtra(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    try takeOwed(buffer.count)
    guard try input.read(into: buffer) == buffer.count else {
      throw damaged("read \(buffer.count) bytes after the record")
    }
  }

  /// As much as there is, up to `buffer.count`, of the bytes after the last record.
  ///
  /// - Returns: 0 when there are no more.
  public func readRest(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    guard case .bytes(let left, _) = owed else { return try input.read(into: buffer) }
    let count = min(left, buffer.count)
    guard count > 0 else { return 0 }
    try readExtra(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }

  private func takeOwed(_ byteCount: Int) throws(Failure) {
    guard case .bytes(let left, let alignment) = owed else { return }
    guard byteCount <= left else { throw damaged("read \(byteCount) bytes after the record, which has \(left)") }
    owed = .bytes(left - byteCount, alignment: alignment)
  }

  private func skipOwed() throws(Failure) {
    switch owed {
    case .rest: try input.drain()
    case .bytes(let left, _):
      let count = left + padding
      guard try input.skip(count) == count else { throw damaged("skip \(count) bytes after the record") }
    }
    owed = .bytes(0)
    padding = 0
  }

  /// - Returns: `nil` when the image ends just here.
  private func word(_ attempted: String) throws(Failure) -> UInt32? {
    try input.withBytes(4) { (bytes) throws(Failure) -> UInt32? in
      if bytes.isEmpty { return nil }
      guard bytes.byteCount == 4 else { throw damaged(attempted, at: input.offset - bytes.byteCount) }
      return UInt32(littleEndian: bytes.unsafeLoadUnaligned(as: UInt32.self))
    }
  }

  private func damaged(
    _ attempted: String, at offset: Int? = nil,
    remedy: String = "The image is cut or damaged: restore from another copy of the set."
  ) -> Failure {
    Failure(
      attempted, "\(name), record \(recordCount + 1), offset \(offset ?? input.offset)", .badMessage, remedy: remedy)
  }
}
