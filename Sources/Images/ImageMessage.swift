public import Linux

/// One message of the image format: a plain value. Fields are named as in proto/, in Swift's spelling.
///
/// Decoding and encoding go through protobuf-c. A message that was written in the usual form (fields ascending, none
/// packed) is encoded to the very bytes that it was decoded from.
public protocol ImageMessage: Hashable, Sendable {
  /// The name in the schema, `core_entry`.
  static var name: String { get }

  /// Required fields zero (or what the schema gives as default), the others absent.
  init()

  /// - Parameter bytes: Exactly one message, without its size word.
  /// - Throws: `EBADMSG` for bytes that are no such message: cut, a required field missing, nested without end.
  init(decoding bytes: RawSpan) throws(Failure)

  func encoded() -> [UInt8]

  /// Raw bytes that follow the record in its image; none for most. A requirement, as a look for a protocol at run time
  /// costs more than the reading of a record.
  var trailing: RecordExtra { get }

  /// Fields that this version does not know. They are kept as they came, and encoded after all others.
  var unknownFields: [UnknownField] { get set }
}

extension ImageMessage {
  /// `FsEntry { $0.cwdId = 3 }`: a value that is constant once it is made.
  public init<E: Error>(_ configure: (inout Self) throws(E) -> Void) throws(E) {
    self.init()
    try configure(&self)
  }
}

/// A field that the schema does not name.
public struct UnknownField: Hashable, Sendable {
  public var number: UInt32
  /// Protobuf wire type: 0 varint, 1 eight bytes, 2 counted bytes (the count is part of `bytes`), 5 four bytes.
  public var wireType: UInt8
  public var bytes: [UInt8]

  public init(number: UInt32, wireType: UInt8, bytes: [UInt8]) {
    self.number = number
    self.wireType = wireType
    self.bytes = bytes
  }
}

/// An enum of the image format. It is open: numbers of later versions survive.
public protocol ImageEnumeration: RawRepresentable, Hashable, Sendable, CustomStringConvertible
where RawValue == UInt32 {
  init(rawValue: UInt32)

  /// The names of the schema.
  static var names: [UInt32: String] { get }
}

extension ImageEnumeration {
  /// The name in the schema, or the number.
  public var description: String { Self.names[rawValue] ?? "\(rawValue)" }
}
