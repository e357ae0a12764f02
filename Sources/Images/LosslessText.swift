/// Names in the kernel are bytes; fields of messages are `String`. So that a file name in another encoding survives,
/// a byte that is not UTF-8 becomes one of the last 128 code points of plane 16 (U+10FF80 + (byte - 0x80)), private
/// ones that no text uses. Such a code point in the input is itself taken byte by byte, so nothing is ambiguous.
extension String {
  /// - Parameter bytes: Any bytes; UTF-8 gives the text that it is.
  public init(lossless bytes: some Collection<UInt8>) {
    if let plain = String(validating: bytes, as: UTF8.self), !plain.unicodeScalars.contains(where: \.isEscape) {
      self = plain
      return
    }
    var text = String.UnicodeScalarView()
    var rest = bytes[...]
    while let first = rest.first {
      let length = sequenceLength(first)
      let sequence = rest.prefix(length)
      if let scalar = String(validating: sequence, as: UTF8.self)?.unicodeScalars.first, !scalar.isEscape {
        text.append(scalar)
        rest = rest.dropFirst(length)
      } else {
        text.append(.escape(of: first))
        rest = rest.dropFirst()
      }
    }
    self = String(text)
  }

  /// The bytes that `init(lossless:)` was given; for other text its UTF-8.
  public var losslessBytes: [UInt8] {
    // Every escape begins with this byte in UTF-8, and hardly any text has it.
    guard utf8.contains(0xF4) else { return Array(utf8) }
    var bytes: [UInt8] = []
    for scalar in unicodeScalars {
      if let escaped = scalar.escapedByte { bytes.append(escaped) } else { bytes += UTF8.encode(scalar)! }
    }
    return bytes
  }
}

private func sequenceLength(_ first: UInt8) -> Int {
  switch first {
  case 0xC2...0xDF: 2
  case 0xE0...0xEF: 3
  case 0xF0...0xF4: 4
  default: 1
  }
}

extension Unicode.Scalar {
  fileprivate static let firstEscape: UInt32 = 0x10FF80

  fileprivate var isEscape: Bool { value >= Self.firstEscape }

  fileprivate var escapedByte: UInt8? { isEscape ? UInt8(value - Self.firstEscape + 0x80) : nil }

  /// - Parameter byte: 0x80 or more: what is below is always UTF-8.
  fileprivate static func escape(of byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(firstEscape + UInt32(byte & 0x7F))!
  }
}
