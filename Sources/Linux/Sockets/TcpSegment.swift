/// A TCP segment without data, sent in the name of a peer to a socket of this host (RFC 9293, raw(7), ipv6(7)).
public struct TcpSegment: Hashable, Sendable {
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let fin = Flags(rawValue: 1)
    public static let acknowledgement = Flags(rawValue: 16)
  }

  /// Host byte order.
  public var sourcePort, destinationPort: UInt16
  /// 1 or 4 words, as images have them.
  public var source, destination: [UInt32]
  public var sequence, acknowledged: UInt32
  public var flags: Flags
  public var window: UInt16

  public init(
    sourcePort: UInt16, destinationPort: UInt16, source: [UInt32], destination: [UInt32], sequence: UInt32,
    acknowledged: UInt32, flags: Flags, window: UInt16
  ) {
    (self.sourcePort, self.destinationPort) = (sourcePort, destinationPort)
    (self.source, self.destination) = (source, destination)
    (self.sequence, self.acknowledged) = (sequence, acknowledged)
    (self.flags, self.window) = (flags, window)
  }

  private static let tcp: UInt8 = 6
  private static let rawType: UInt32 = 3
  /// IPPROTO_RAW: the IP header is ours.
  private static let ownHeader: UInt32 = 255

  /// - Parameter mark: SO_MARK, by which a firewall lets it through.
  /// - Throws: `EPERM` without CAP_NET_RAW and CAP_NET_ADMIN.
  public func send(mark: UInt32, _ subject: @autoclosure () -> String) throws(Failure) {
    let isIPv6 = source.count == 4
    let socket = try makeSocket(
      family: isIPv6 ? SocketAddress.inet6Family : SocketAddress.inetFamily, type: TcpSegment.rawType,
      protocol: TcpSegment.ownHeader)
    let raw = socket.borrowed()
    try raw.setSocketOption(.mark, mark, subject())
    let packet = isIPv6 ? packet6 : packet4
    try raw.send(packet[...], to: .inet(port: 0, address: destination), subject())
  }

  /// The kernel fills in the length, the checksum and the identification of the IPv4 header.
  private var packet4: [UInt8] {
    let header: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0, 0, 64, TcpSegment.tcp, 0, 0]
    return header + source.memoryBytes + destination.memoryBytes + segment
  }

  private var packet6: [UInt8] {
    let header: [UInt8] = [0x60, 0, 0, 0, 0, 20, TcpSegment.tcp, 64]
    return header + source.memoryBytes + destination.memoryBytes + segment
  }

  /// 20 bytes with their checksum, which a pseudo header of the addresses goes into.
  var segment: [UInt8] {
    var bytes = big(sourcePort) + big(destinationPort) + big(sequence) + big(acknowledged)
    bytes += [5 << 4, flags.rawValue] + big(window) + [0, 0, 0, 0]
    // IPv4 and IPv6 pad differently; the sum is the same.
    let pseudo = source.memoryBytes + destination.memoryBytes + [0, TcpSegment.tcp] + big(UInt16(bytes.count))
    let sum = TcpSegment.checksum(pseudo + bytes)
    bytes.replaceSubrange(16..<18, with: big(sum))
    return bytes
  }

  /// RFC 1071.
  static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: bytes.count - 1, by: 2) { sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1]) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
  }

  private func big<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
  }
}
