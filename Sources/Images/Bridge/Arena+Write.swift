internal import CProtobufC

/// Swift values as C values of protobuf-c, in the arena's memory.
extension Arena {
  /// - Returns: C text: a NUL within the string, which no name has, ends it.
  func text(_ string: String) -> UnsafeMutablePointer<CChar> {
    let bytes = string.losslessBytes
    let copy = room(for: CChar.self, count: bytes.count + 1)
    for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
    copy[bytes.count] = 0
    return copy
  }

  func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    let (copy, count) = values(bytes)
    return ProtobufCBinaryData(len: count, data: copy)
  }

  func values<T>(_ list: [T]) -> (UnsafeMutablePointer<T>?, Int) {
    guard !list.isEmpty else { return (nil, 0) }
    let copy = room(for: T.self, count: list.count)
    copy.initialize(from: list, count: list.count)
    return (copy, list.count)
  }

  func texts(_ list: [String]) -> (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, Int) {
    values(list.map(text))
  }

  func message<M: BridgedMessage>(_ message: M) -> UnsafeMutablePointer<M.Record> {
    let record = room(for: M.Record.self, count: 1)
    M.initialize(record)
    message.write(to: record, self)
    return record
  }

  func messages<M: BridgedMessage>(
    _ list: [M]
  ) -> (UnsafeMutablePointer<UnsafeMutablePointer<M.Record>?>?, Int) {
    guard !list.isEmpty else { return (nil, 0) }
    let pointers = room(for: UnsafeMutablePointer<M.Record>?.self, count: list.count)
    for (index, element) in list.enumerated() { (pointers + index).initialize(to: message(element)) }
    return (pointers, list.count)
  }

  func setUnknown(_ fields: [UnknownField], in base: inout ProtobufCMessage) {
    guard !fields.isEmpty else { return }
    let (list, count) = values(
      fields.map { field in
        let (data, byteCount) = values(field.bytes)
        return ProtobufCMessageUnknownField(
          tag: field.number, wire_type: ProtobufCWireType(UInt32(field.wireType)), len: byteCount, data: data)
      })
    base.unknown_fields = list
    base.n_unknown_fields = UInt32(count)
  }

  private func room<T>(for type: T.Type, count: Int) -> UnsafeMutablePointer<T> {
    let byteCount = MemoryLayout<T>.stride * count
    return allocate(byteCount: byteCount).bindMemory(to: type, capacity: count)
  }
}
