internal import CProtobufC

/// protobuf-c follows nested messages by recursion, however deep: a hostile image could run it out of stack. Looked at
/// only for the few messages that can hold themselves (directories of cgroups, namespaces of AppArmor).
enum Nesting {
  private static let limit = 128

  /// Damage of any other kind is left to the decoder.
  static func isBounded(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>?, depth: Int = 0
  ) -> Bool {
    guard depth <= limit else { return false }
    var rest = bytes[...]
    while let tag = varint(&rest) {
      switch tag & 7 {
      case 0: _ = varint(&rest)
      case 1: rest = rest.dropFirst(8)
      case 5: rest = rest.dropFirst(4)
      case 2:
        guard let length = varint(&rest), length <= UInt64(rest.count) else { return true }
        let payload = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        guard let field = protobuf_c_message_descriptor_get_field(descriptor, UInt32(truncatingIfNeeded: tag >> 3)),
          field.pointee.type == PROTOBUF_C_TYPE_MESSAGE, let inner = field.pointee.descriptor
        else { continue }
        let innerDescriptor = inner.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        guard isBounded(UnsafeRawBufferPointer(rebasing: payload), innerDescriptor, depth: depth + 1) else {
          return false
        }
      default: return true
      }
    }
    return true
  }

  private static func varint(_ bytes: inout Slice<UnsafeRawBufferPointer>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
