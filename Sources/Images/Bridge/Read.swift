internal import CProtobufC

/// C values of protobuf-c as Swift values. Nothing keeps a pointer.
enum Read {
  static func text(_ pointer: UnsafeMutablePointer<CChar>) -> String {
    var byteCount = 0
    while pointer[byteCount] != 0 { byteCount += 1 }
    let bytes = UnsafeRawBufferPointer(start: pointer, count: byteCount)
    return String(lossless: bytes)
  }

  static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data.data, count: data.len))
  }

  static func values<T>(_ list: UnsafeMutablePointer<T>?, _ count: Int) -> [T] {
    Array(UnsafeBufferPointer(start: list, count: count))
  }

  static func texts(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) -> [String] {
    UnsafeBufferPointer(start: list, count: count).compactMap { $0.map(text) }
  }

  static func messages<M: BridgedMessage>(
    _ list: UnsafeMutablePointer<UnsafeMutablePointer<M.Record>?>?, _ count: Int
  ) -> [M] {
    UnsafeBufferPointer(start: list, count: count).compactMap { $0.map { M(reading: $0) } }
  }

  static func unknown(_ base: ProtobufCMessage) -> [UnknownField] {
    guard base.n_unknown_fields > 0 else { return [] }
    return UnsafeBufferPointer(start: base.unknown_fields, count: Int(base.n_unknown_fields)).map {
      UnknownField(
        number: $0.tag, wireType: UInt8($0.wire_type.rawValue),
        bytes: Array(UnsafeBufferPointer(start: $0.data, count: $0.len)))
    }
  }
}
