internal import CLinux
internal import Glibc

/// An option of a socket: level and number (socket(7), ip(7), ipv6(7), tcp(7)).
public struct SocketOption: Hashable, Sendable {
  let level: Int32
  let number: Int32

  private init(_ level: Int32, _ number: Int32) {
    self.level = level
    self.number = number
  }

  private static func socket(_ number: Int32) -> SocketOption { SocketOption(SOL_SOCKET, number) }

  // asm-generic/socket.h
  public static let reuseAddress = socket(2)
  public static let type = socket(3)
  public static let error = socket(4)
  public static let dontRoute = socket(5)
  public static let broadcast = socket(6)
  public static let sendBuffer = socket(7)
  public static let receiveBuffer = socket(8)
  public static let keepAlive = socket(9)
  public static let outOfBandInline = socket(10)
  public static let noChecksum = socket(11)
  public static let priority = socket(12)
  public static let linger = socket(13)
  public static let reusePort = socket(15)
  public static let passCredentials = socket(16)
  public static let receiveLowWater = socket(18)
  public static let receiveTimeout = socket(20)
  public static let sendTimeout = socket(21)
  public static let device = socket(25)
  /// To read: the instructions of the filter. To write: attaches one.
  public static let filter = socket(26)
  public static let peerName = socket(28)
  public static let sendBufferForced = socket(32)
  public static let receiveBufferForced = socket(33)
  public static let passSecurity = socket(34)
  public static let mark = socket(36)
  public static let protocolNumber = socket(38)
  public static let domain = socket(39)
  public static let peekOffset = socket(42)
  /// A number for the network namespace; since 5.14.
  public static let namespaceCookie = socket(71)
  /// Since 5.15.
  public static let bufferLock = socket(72)

  // linux/in.h, linux/in6.h, linux/tcp.h
  public static let ipTypeOfService = SocketOption(0, 1)
  public static let ipTimeToLive = SocketOption(0, 2)
  public static let ipHeaderIncluded = SocketOption(0, 3)
  public static let ipPacketInfo = SocketOption(0, 8)
  public static let ipFreeBind = SocketOption(0, 15)
  public static let ipNoDefragment = SocketOption(0, 22)
  public static let ip6Only = SocketOption(41, 26)
  public static let ip6ReceivePacketInfo = SocketOption(41, 49)
  public static let ip6HeaderIncluded = SocketOption(41, 36)
  public static let ip6FreeBind = SocketOption(41, 78)
  public static let tcpNoDelay = SocketOption(6, 1)
  public static let tcpMaximumSegment = SocketOption(6, 2)
  public static let tcpCork = SocketOption(6, 3)
  public static let tcpKeepIdle = SocketOption(6, 4)
  public static let tcpKeepInterval = SocketOption(6, 5)
  public static let tcpKeepCount = SocketOption(6, 6)
  public static let tcpInformation = SocketOption(6, 11)
  public static let tcpRepair = SocketOption(6, 19)
  public static let tcpRepairQueue = SocketOption(6, 20)
  public static let tcpQueueSequence = SocketOption(6, 21)
  public static let tcpRepairOptions = SocketOption(6, 22)
  public static let tcpTimestamp = SocketOption(6, 24)
  public static let tcpRepairWindow = SocketOption(6, 29)
  public static let udpCork = SocketOption(17, 1)
  public static let icmpFilter = SocketOption(255, 1)
  public static let icmp6Filter = SocketOption(58, 1)
  // linux/if_packet.h
  public static let packetAddMembership = SocketOption(263, 1)
  public static let packetReceiveRing = SocketOption(263, 5)
  public static let packetCopyThreshold = SocketOption(263, 7)
  public static let packetAuxiliaryData = SocketOption(263, 8)
  public static let packetOriginalDevice = SocketOption(263, 9)
  public static let packetVersion = SocketOption(263, 10)
  public static let packetReserve = SocketOption(263, 12)
  public static let packetSendRing = SocketOption(263, 13)
  public static let packetLoss = SocketOption(263, 14)
  public static let packetVirtualHeader = SocketOption(263, 15)
  public static let packetTimestamp = SocketOption(263, 17)
  public static let packetFanout = SocketOption(263, 18)
  // linux/netlink.h
  public static let netlinkAddMembership = SocketOption(270, 1)
}

extension BorrowedFD {
  /// setsockopt(2) of four bytes.
  public func setSocketOption(
    _ option: SocketOption, _ value: UInt32, _ subject: @autoclosure () -> String
  ) throws(Failure) {
    try setSocketOption(option, withUnsafeBytes(of: value) { [UInt8]($0) }, subject())
  }

  public func setSocketOption(
    _ option: SocketOption, _ value: [UInt8], _ subject: @autoclosure () -> String
  ) throws(Failure) {
    let result = trySetSocketOption(option, value)
    guard let result else { return }
    throw Failure(
      "set the socket option \(option.level):\(option.number)", subject(), result,
      remedy: "Restore with CAP_NET_ADMIN, on a kernel and a network that have what the option names.")
  }

  /// - Returns: `nil` when it is set.
  public func trySetSocketOption(_ option: SocketOption, _ value: UInt32) -> Errno? {
    trySetSocketOption(option, withUnsafeBytes(of: value) { [UInt8]($0) })
  }

  public func trySetSocketOption(_ option: SocketOption, _ value: [UInt8]) -> Errno? {
    Errno(
      result: value.withUnsafeBytes {
        systemCall(
          SystemCall(SYS_setsockopt), Int(raw), Int(option.level), Int(option.number), Int(bitPattern: $0.baseAddress),
          $0.count)
      })
  }

  /// SO_ATTACH_FILTER.
  public func attachSocketFilter(_ instructions: [UInt64], _ subject: @autoclosure () -> String) throws(Failure) {
    let result: Errno? = instructions.withUnsafeBytes { instructions in
      let filter = cl_filter(
        instruction_count: UInt16(instructions.count / 8), instructions: instructions.baseAddress)
      return trySetSocketOption(.filter, withUnsafeBytes(of: filter) { [UInt8]($0) })
    }
    guard let result else { return }
    throw Failure(
      "attach the filter of the socket", subject(), result, remedy: "Raise net.core.optmem_max, or dump again.")
  }
}
