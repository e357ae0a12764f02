public import Streams

/// What stands between the bytes of images in a shard: a u32 with the marker's size, then a message of protobuf, whose
/// fields are 1 the sequence number and one of 2 to 5. The format is criu-image-streamer's. A marker may have fields
/// beside these, which its readers pass over: 100 and 101 are ours.
public struct ShardMarker: Hashable, Sendable {
  public enum Body: Hashable, Sendable {
    /// What follows belongs to this image.
    case image(ImageName)
    /// So many bytes of the image follow in this shard: 1 up to what a u32 holds.
    case data(Int)
    /// The image is complete.
    case imageEnd
    /// All images are complete: the last marker of the set.
    case setEnd
  }

  /// Counts the markers of all shards together, from 0.
  public var sequence: UInt64
  public var body: Body
  /// Ours (field 100): from here on only the bulk comes (`ImageName.isBulk`). A reader then need not wait for the end
  /// of the stream to know that any other image is absent.
  public var onlyBulkFollows = false
  /// Ours (field 101), at the end of an image: XXH64 of its bytes.
  public var checksum: UInt64?

  public init(sequence: UInt64, body: Body) {
    self.sequence = sequence
    self.body = body
  }

  /// Markers are smaller than this.
  public static let byteCountLimit = 10_240

  // MARK: Bytes

  /// The size, then the message.
  public func encoded() -> [UInt8] {
    var message = Proto.Writer()
    if sequence != 0 { message.number(1, sequence) }
    switch body {
    case .image(let name): message.text(2, name.description)
    case .data(let byteCount): message.number(3, UInt64(byteCount))
    case .imageEnd: message.number(4, 1)
    case .setEnd: message.number(5, 1)
    }
    if onlyBulkFollows { message.number(100, 1) }
    if let checksum { message.number(101, checksum) }
    let size = UInt32(message.bytes.count)
    return (0..<4).map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) } + message.bytes
  }

  /// What is wrong with a marker's bytes.
  struct Damage: Error { let text: String }

  /// - Parameter bytes: The message, without its size.
  init(decoding bytes: [UInt8]) throws(Damage) {
    var fields = Proto.Reader(bytes)
    sequence = 0
    var found: Body?
    while let field = try fields.next() {
      switch (field.number, field.value) {
      case (1, .number(let value)): sequence = value
      case (2, .bytes(let text)):
        guard let text = String(validating: text, as: UTF8.self), let name = ImageName(text) else {
          throw Damage(text: "it names an image that is no plain file name")
        }
        found = .image(name)
      case (3, .number(let value)):
        guard value <= UInt64(UInt32.max) else { throw Damage(text: "it announces \(value) bytes") }
        found = .data(Int(value))
      case (4, .number(1)): found = .imageEnd
      case (5, .number(1)): found = .setEnd
      case (100, .number(let value)): onlyBulkFollows = value != 0
      case (101, .number(let value)): checksum = value
      case (1...5, _), (100...101, _): throw Damage(text: "its field \(field.number) has no meaning")
      default: break
      }
    }
    guard let found else { throw Damage(text: "it says nothing") }
    body = found
  }
}

/// As much of protobuf's encoding as markers need.
private enum Proto {
  struct Writer {
    var bytes: [UInt8] = []

    mutating func number(_ field: UInt64, _ value: UInt64) {
      varint(field << 3)
      varint(value)
    }

    mutating func text(_ field: UInt64, _ value: String) {
      varint(field << 3 | 2)
      varint(UInt64(value.utf8.count))
      bytes += value.utf8
    }

    private mutating func varint(_ value: UInt64) {
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
  }

  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  struct Reader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// - Returns: `nil` at the end.
    mutating func next() throws(ShardMarker.Damage) -> (number: UInt64, value: Value)? {
      guard !rest.isEmpty else { return nil }
      let key = try varint()
      switch key & 7 {
      case 0: return (key >> 3, .number(try varint()))
      case 1: return (key >> 3, .bytes(try take(8)))
      case 2: return (key >> 3, .bytes(try take(varint())))
      case 5: return (key >> 3, .bytes(try take(4)))
      default: throw ShardMarker.Damage(text: "it has a field of an unknown form")
      }
    }

    private mutating func take(_ count: UInt64) throws(ShardMarker.Damage) -> ArraySlice<UInt8> {
      guard count <= UInt64(rest.count) else { throw ShardMarker.Damage(text: "it ends within a field") }
      defer { rest = rest.dropFirst(Int(count)) }
      return rest.prefix(Int(count))
    }

    private mutating func varint() throws(ShardMarker.Damage) -> UInt64 {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 70, by: 7) {
        guard let byte = rest.popFirst() else { break }
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
      }
      throw ShardMarker.Damage(text: "it has no end of a number")
    }
  }
}
