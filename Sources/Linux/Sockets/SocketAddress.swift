internal import CLinux

/// An address as bind(2) and its kin take it: the family in two bytes, and what belongs to it.
public struct SocketAddress: Hashable, Sendable {
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Of an internet family: struct sockaddr_in, struct sockaddr_in6.
  public static func byteCount(ofFamily family: UInt32) -> Int { family == inetFamily ? 16 : 28 }

  /// For errors of who asks for one.
  static let unreadable = "Report this with the version of the kernel."

  public static let unixFamily = UInt32(CL_AF_UNIX)
  public static let inetFamily = UInt32(CL_AF_INET)
  public static let inet6Family = UInt32(CL_AF_INET6)

  /// unix(7).
  ///
  /// - Parameter name: sun_path: a path, or an abstract name with its leading NUL; at most 108 bytes.
  public static func unix(_ name: [UInt8]) -> SocketAddress {
    SocketAddress(family(unixFamily) + name)
  }

  /// ip(7), ipv6(7).
  ///
  /// - Parameters:
  ///   - port: Host byte order.
  ///   - address: 1 or 4 words, each the bytes of the address as they lie in memory.
  ///   - scope: Index of the device of a link-local address.
  public static func inet(port: UInt16, address: [UInt32], scope: UInt32 = 0) -> SocketAddress {
    let portBytes = [UInt8(port >> 8), UInt8(port & 0xff)]
    let words = address.memoryBytes
    if address.count == 1 {
      return SocketAddress(family(inetFamily) + portBytes + words + [UInt8](repeating: 0, count: 8))
    }
    return SocketAddress(
      family(inet6Family) + portBytes + [0, 0, 0, 0] + words + withUnsafeBytes(of: scope) { [UInt8]($0) })
  }

  public static let netlinkFamily = UInt32(CL_AF_NETLINK)
  public static let packetFamily = UInt32(CL_AF_PACKET)

  /// netlink(7).
  ///
  /// - Parameter groups: A mask.
  public static func netlink(port: UInt32, groups: UInt32 = 0) -> SocketAddress {
    SocketAddress(family(netlinkFamily) + [0, 0] + [port, groups].memoryBytes)
  }

  /// packet(7): all packets of a device, of the protocol that the socket has.
  public static func packet(device: UInt32) -> SocketAddress {
    SocketAddress(family(packetFamily) + [0, 0] + [device].memoryBytes + [UInt8](repeating: 0, count: 12))
  }

  /// packet(7), SOCK_PACKET: the same by the name of the device.
  public static func packet(deviceName name: [UInt8]) -> SocketAddress {
    SocketAddress(family(packetFamily) + name.prefix(13) + [UInt8](repeating: 0, count: max(1, 14 - name.count)))
  }

  /// No address: connect(2) with it takes a peer away.
  public static let unspecified = SocketAddress(family(0) + [UInt8](repeating: 0, count: 14))

  public var family: UInt32 { bytes.count < 2 ? 0 : UInt32(bytes[0]) | UInt32(bytes[1]) << 8 }
  /// sun_path.
  public var unixName: [UInt8] { Array(bytes.dropFirst(2)) }
  /// Host byte order.
  public var port: UInt16 { bytes.count < 4 ? 0 : UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }
  /// Of an internet address, as `inet(port:address:)` takes it.
  public var words: [UInt32] {
    let (start, count) = family == SocketAddress.inet6Family ? (8, 4) : (4, 1)
    guard bytes.count >= start + count * 4 else { return [UInt32](repeating: 0, count: count) }
    return (0..<count).map { bytes[(start + $0 * 4)...].number() }
  }
  /// Of an IPv6 address.
  public var scope: UInt32 { bytes.count < 28 ? 0 : bytes[24...].number() }

  private static func family(_ number: UInt32) -> [UInt8] { [UInt8(number & 0xff), UInt8(number >> 8)] }
}
