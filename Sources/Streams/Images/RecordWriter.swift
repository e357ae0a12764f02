public import Images
public import Linux

/// Writes the records of one image: magics before the first, a size word before each. Gathers what is small, so that a
/// record is no system call.
public final class RecordWriter {
  private let stream: any ImageStream
  private let kind: ImageKind
  private let name: ImageName
  private var buffer: [UInt8] = []
  private var isBegun = false
  /// What the last record announced and is not written yet.
  private var owed = RecordExtra.bytes(0)

  private static let bufferSize = 64 << 10

  /// - Parameter kind: Not a raw one: such an image has no records, it is written through its stream.
  public init(_ stream: any ImageStream, kind: ImageKind, name: ImageName) {
    self.stream = stream
    self.kind = kind
    self.name = name
    buffer.reserveCapacity(Self.bufferSize)
  }

  /// - Throws: `EINVAL` when the extra bytes of the record before are not complete.
  public func write(_ message: some ImageMessage) throws(Failure) {
    guard case .bytes(0, _) = owed else { throw misuse("write a record before the bytes of the last one") }
    if !isBegun {
      isBegun = true
      if kind.head != .none { append(word: kind.head.rawValue) }
      append(word: kind.magic)
    }
    let bytes = message.encoded()
    append(word: UInt32(bytes.count))
    try append(bytes.span.bytes)
    owed = message.trailing
  }

  /// Bytes that follow the last record, all at once or in pieces. Padding is added here.
  public func write(extra bytes: RawSpan) throws(Failure) {
    let padding = try pay(bytes.byteCount)
    try append(bytes)
    try append(zeros: padding)
  }

  public func splice(extraFrom pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    let padding = try pay(byteCount)
    guard byteCount > 0 else { return }
    try flush()
    try stream.splice(from: pipe, byteCount: byteCount)
    try append(zeros: padding)
  }

  /// Success path, once. An image that got no record is not made.
  public func finish() throws(Failure) {
    switch owed {
    case .rest, .bytes(0, _): break
    case .bytes: throw misuse("finish an image before the bytes of its last record")
    }
    try flush()
    try stream.finish()
  }

  /// - Returns: The padding that is now due.
  private func pay(_ byteCount: Int) throws(Failure) -> Int {
    guard case .bytes(let left, let alignment) = owed else { return 0 }
    guard byteCount <= left else { throw misuse("write more bytes than the record says") }
    let padding = byteCount == left && left > 0 ? owed.paddingCount : 0
    owed = .bytes(left - byteCount, alignment: alignment)
    return padding
  }

  private func append(word: UInt32) {
    withUnsafeBytes(of: word.littleEndian) { buffer.append(contentsOf: $0) }
  }

  private func append(zeros count: Int) throws(Failure) {
    guard count > 0 else { return }
    let zeros = [UInt8](repeating: 0, count: count)
    try append(zeros.span.bytes)
  }

  private func append(_ bytes: RawSpan) throws(Failure) {
    if buffer.count + bytes.byteCount > Self.bufferSize { try flush() }
    guard bytes.byteCount < Self.bufferSize else { return try stream.write(bytes) }
    bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
  }

  private func flush() throws(Failure) {
    guard !buffer.isEmpty else { return }
    var bytes = buffer
    buffer = []
    try stream.write(bytes.span.bytes)
    bytes.removeAll(keepingCapacity: true)
    buffer = bytes
  }

  private func misuse(_ attempted: String) -> Failure {
    Failure(attempted, name.description, .invalid, remedy: "Report this with the log: the engine wrote a wrong image.")
  }
}
