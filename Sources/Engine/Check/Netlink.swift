internal import Linux

/// The body of a netlink message: a fixed header, then attributes (netlink(7)).
struct NetlinkBody {
  private(set) var bytes: [UInt8]

  init(header: [UInt8] = []) { bytes = header }

  mutating func append<I: FixedWidthInteger>(_ number: I) { append([number]) }

  mutating func append<I: FixedWidthInteger>(_ numbers: [I]) {
    numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  mutating func append(attribute type: UInt16, bytes value: [UInt8]) {
    append(UInt16(4 + value.count))
    append(type)
    bytes += value
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  mutating func append(attribute type: UInt16, _ number: UInt32) {
    append(attribute: type, bytes: withUnsafeBytes(of: number) { Array($0) })
  }

  /// Numbers of netfilter are in network order.
  mutating func append(attribute type: UInt16, networkOrder number: UInt32) {
    append(attribute: type, number.bigEndian)
  }

  mutating func append(attribute type: UInt16, _ text: String) {
    append(attribute: type, bytes: Array(text.utf8) + [0])
  }

  /// An attribute that holds others (NLA_F_NESTED).
  mutating func append(attribute type: UInt16, nested: NetlinkBody) {
    append(attribute: type | 0x8000, bytes: nested.bytes)
  }

  /// The number in the first attribute of a type, of an answer.
  func attribute(_ type: UInt16, afterHeader headerByteCount: Int) -> UInt32? {
    bytes.withUnsafeBytes { bytes in
      var offset = headerByteCount
      while offset + 8 <= bytes.count {
        let byteCount = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
        if bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self) == type {
          return bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        }
        guard byteCount >= 4 else { return nil }
        offset += (byteCount + 3) & ~3
      }
      return nil
    }
  }
}

/// A netlink socket of a probe. Its descriptor goes with the child that made it.
struct Netlink {
  enum Family: Int { case route = 0, socketDiagnosis = 4, netfilter = 12 }

  private let socket: Int
  private static let request: UInt16 = 1, acknowledge: UInt16 = 4, dumpAll: UInt16 = 0x300
  private static let errorType: UInt16 = 2, doneType: UInt16 = 3

  init(_ family: Family) throws(Failure) {
    let netlink = 16, raw = 3
    socket = try Trial.call("open a netlink socket", ProbeCall.socket, netlink, raw, family.rawValue)
  }

  /// Sends a message that changes something, and waits for its acknowledgement.
  func change(_ attempted: String, type: UInt16, flags: UInt16 = 0, _ body: NetlinkBody) throws(Failure) {
    try send(Self.message(type: type, flags: flags | Self.request | Self.acknowledge, body))
    _ = try answer(attempted)
  }

  /// Sends a question, and waits for its answer.
  func ask(_ attempted: String, type: UInt16, _ body: NetlinkBody) throws(Failure) -> NetlinkBody {
    try send(Self.message(type: type, flags: Self.request, body))
    return try answer(attempted)
  }

  /// Sends a question for a list, and looks whether it is understood.
  func dump(_ attempted: String, type: UInt16, _ body: NetlinkBody) throws(Failure) {
    try send(Self.message(type: type, flags: Self.request | Self.dumpAll, body))
    _ = try answer(attempted)
  }

  /// Sends messages that are done together or not at all, as netfilter wants them, and waits for the acknowledgement
  /// of the last.
  func change(_ attempted: String, batch: [(type: UInt16, flags: UInt16, body: NetlinkBody)]) throws(Failure) {
    // struct nfgenmsg: family, version, and the subsystem nf_tables in network order.
    let header = NetlinkBody(header: [0, 0, 0, 10])
    var bytes = Self.message(type: 16, flags: Self.request, header)
    for one in batch {
      bytes += Self.message(type: one.type, flags: one.flags | Self.request | Self.acknowledge, one.body)
    }
    try send(bytes + Self.message(type: 17, flags: Self.request, header))
    for _ in batch { _ = try answer(attempted) }
  }

  private static func message(type: UInt16, flags: UInt16, _ body: NetlinkBody) -> [UInt8] {
    var header = NetlinkBody()
    header.append(UInt32(16 + body.bytes.count))
    header.append(type)
    header.append(flags)
    header.append([UInt32(1), 0])  // sequence, sender
    let bytes = header.bytes + body.bytes
    return bytes + [UInt8](repeating: 0, count: -bytes.count & 3)
  }

  private func send(_ message: [UInt8]) throws(Failure) {
    var message = message
    let byteCount = message.count
    try Trial.withBytes(&message) { message throws(Failure) in
      try Trial.call("send a netlink message", ProbeCall.sendto, socket, message, byteCount)
    }
  }

  /// - Returns: What follows the header of the first message; an acknowledgement is an error number of 0.
  private func answer(_ attempted: String) throws(Failure) -> NetlinkBody {
    var buffer = [UInt8](repeating: 0, count: 32768)
    let byteCount = try Trial.withBytes(&buffer) { address throws(Failure) in
      try Trial.call("receive a netlink message", ProbeCall.recvfrom, socket, address, 32768)
    }
    guard byteCount >= 20 else { throw Trial.missing(attempted) }
    let (type, number) = buffer.withUnsafeBytes {
      ($0.loadUnaligned(fromByteOffset: 4, as: UInt16.self), $0.loadUnaligned(fromByteOffset: 16, as: Int32.self))
    }
    if type == Self.errorType || type == Self.doneType, number != 0 {
      throw Failure(attempted, "", Errno(-number), remedy: "")
    }
    return NetlinkBody(header: Array(buffer[16..<byteCount]))
  }
}
