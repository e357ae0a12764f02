internal import CProtobufC
internal import Linux

/// What the generated code adds to each message: its C struct, and the way there and back.
protocol BridgedMessage: ImageMessage {
  associatedtype Record

  /// Whether the message can hold itself at any distance, so that input can be nested without end.
  static var nests: Bool { get }
  static func initialize(_ c: UnsafeMutablePointer<Record>)
  init(reading c: UnsafePointer<Record>)
  func write(to c: UnsafeMutablePointer<Record>, _ arena: Arena)
}

extension BridgedMessage {
  static func unpacked(from bytes: RawSpan) throws(Failure) -> Self {
    let arena = Arena()
    let descriptor = descriptor()
    let result: Self? = bytes.withUnsafeBytes { bytes in
      guard !nests || Nesting.isBounded(bytes, descriptor) else { return nil }
      var allocator = ProtobufCAllocator(
        alloc: { arena, byteCount in
          arena.flatMap {
            Unmanaged<Arena>.fromOpaque($0).takeUnretainedValue().allocateWithinLimit(byteCount: byteCount)
          }
        },
        free: { _, _ in },  // all at once, when the arena goes
        allocator_data: Unmanaged.passUnretained(arena).toOpaque())
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard let record = protobuf_c_message_unpack(descriptor, &allocator, bytes.count, start) else { return nil }
      return Self(reading: UnsafeRawPointer(record).assumingMemoryBound(to: Record.self))
    }
    withExtendedLifetime(arena) {}
    guard let result else {
      throw Failure(
        "decode a message", name, .badMessage,
        remedy: "The image is damaged or was not written by CRIU: restore from another copy.")
    }
    return result
  }

  func packed() -> [UInt8] {
    let arena = Arena()
    defer { withExtendedLifetime(arena) {} }
    let base = UnsafeRawPointer(arena.message(self)).assumingMemoryBound(to: ProtobufCMessage.self)
    let byteCount = protobuf_c_message_get_packed_size(base)
    return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
      guard let start = buffer.baseAddress, byteCount > 0 else { return }
      initializedCount = protobuf_c_message_pack(base, start)
    }
  }

  /// The descriptor's address as C knows it: seen from Swift, a C constant could be a copy.
  private static func descriptor() -> UnsafePointer<ProtobufCMessageDescriptor>? {
    withUnsafeTemporaryAllocation(of: Record.self, capacity: 1) { record in
      initialize(record.baseAddress!)
      return UnsafeRawPointer(record.baseAddress!).assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
    }
  }
}
