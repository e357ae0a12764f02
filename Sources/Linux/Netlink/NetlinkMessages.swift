internal import CLinux

/// Messages of netlink(7) back to back: a header of 16 bytes, then what the protocol has, padded to 4.
struct NetlinkMessages {
  let bytes: [UInt8]

  /// One message, without its header.
  struct Message: Hashable {
    let type: UInt16
    let body: Range<Int>
  }

  /// - Throws: `EBADMSG` for a message that is cut.
  func messages() throws(Failure) -> [Message] {
    let headerByteCount = MemoryLayout<cl_netlink_header>.size
    var messages: [Message] = []
    var start = 0
    while start < bytes.count {
      guard bytes.count - start >= headerByteCount else { throw NetlinkMessages.cut }
      let header = bytes.withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: start, as: cl_netlink_header.self)
      }
      let byteCount = Int(header.byte_count)
      guard byteCount >= headerByteCount, byteCount <= bytes.count - start else { throw NetlinkMessages.cut }
      messages.append(Message(type: header.type, body: start + headerByteCount..<start + byteCount))
      start += (byteCount + 3) & ~3
    }
    return messages
  }

  /// The fixed part at the start of a body.
  func structure<T>(_ type: T.Type, in body: Range<Int>) throws(Failure) -> T {
    guard body.count >= MemoryLayout<T>.size else { throw NetlinkMessages.cut }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: body.lowerBound, as: T.self) }
  }

  /// The attributes that follow the fixed part.
  ///
  /// - Throws: `EBADMSG` for one that is cut.
  func attributes(in body: Range<Int>, after fixedByteCount: Int) throws(Failure) -> NetlinkAttributes {
    let attributes = NetlinkAttributes(bytes: bytes, start: body.lowerBound + (fixedByteCount + 3) & ~3, end: body.upperBound)
    guard attributes.areWhole else { throw NetlinkMessages.cut }
    return attributes
  }

  private static let cut = Failure(
    "read the kernel's list of sockets", "a message that is cut", .badMessage,
    remedy: "Report this with the version of the kernel.")
}

/// Attributes of a message: 16-bit length and type, then the value, padded to 4. They are few, so they are looked for
/// when asked for.
struct NetlinkAttributes {
  fileprivate let bytes: [UInt8]
  fileprivate let start, end: Int

  /// - Returns: Of several with one type the last.
  subscript(type: UInt16) -> ArraySlice<UInt8>? {
    var found: ArraySlice<UInt8>?
    forEach { if $0 == type { found = bytes[$1] } }
    return found
  }

  fileprivate var areWhole: Bool { forEach { _, _ in } }

  /// - Returns: `false` when one is cut, which is the last then.
  @discardableResult
  private func forEach(_ body: (_ type: UInt16, _ value: Range<Int>) -> Void) -> Bool {
    var start = start
    while start + 4 <= end {
      let byteCount = Int(bytes[start]) | Int(bytes[start + 1]) << 8
      guard byteCount >= 4, start + byteCount <= end else { return false }
      body(UInt16(bytes[start + 2]) | UInt16(bytes[start + 3]) << 8, start + 4..<start + byteCount)
      start += (byteCount + 3) & ~3
    }
    return true
  }
}

extension ArraySlice<UInt8> {
  /// The number that begins at a byte of the slice, in this machine's order; 0 beyond its end.
  public func number(at offset: Int = 0) -> UInt32 {
    guard offset >= 0, offset + 4 <= count else { return 0 }
    return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
  }

  public func wideNumber(at offset: Int = 0) -> UInt64 {
    guard offset >= 0, offset + 8 <= count else { return 0 }
    return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
  }
}
