internal import Images
internal import Linux

/// The options of internet sockets (ip(7), ipv6(7), tcp(7)), between a socket and its record. What is zero is not
/// written.
enum InternetSettings {
  // MARK: Dump

  private static let options4: [SocketOption] = [.ipFreeBind, .ipPacketInfo, .ipTypeOfService, .ipTimeToLive]
  private static let options6: [SocketOption] = [.ip6Only, .ip6FreeBind, .ip6ReceivePacketInfo]
  private static let tcpOptions: [SocketOption] = [.tcpCork, .tcpNoDelay, .tcpKeepCount, .tcpKeepIdle, .tcpKeepInterval]

  /// Asks what a dump of the socket asks, besides `SocketSettings.ask`.
  static func ask(_ socket: BorrowedFD, family: UInt32, into recorder: inout AnswerRecorder) {
    recorder.record(.socketOption(.type), of: socket)
    let protocolNumber = recorder.word(.socketOption(.protocolNumber), of: socket)
    recorder.record(.socketName, of: socket)
    recorder.record(.socketOption(.peerName, byteCount: SocketAddress.byteCount(ofFamily: family)), of: socket)
    for option in family == SocketAddress.inet6Family ? options6 : options4 {
      recorder.record(.socketOption(option), of: socket)
    }
    switch protocolNumber {
    case InternetSocket.ProtocolNumber.tcp?:
      for option in tcpOptions { recorder.record(.socketOption(option), of: socket) }
      let (_, information) = recorder.record(.socketOption(.tcpInformation, byteCount: 1), of: socket)
      if let state = information.first, state == InternetSocket.State.closed {
        recorder.record(.readiness(events: InternetSocket.readHangUp), of: socket)
      }
    case InternetSocket.ProtocolNumber.udp?, InternetSocket.ProtocolNumber.udpLite?:
      recorder.record(.socketOption(.udpCork), of: socket)
    default: break
    }
  }

  static func dump(_ socket: some AskedFile, family: UInt32, _ subject: String) throws(Failure) -> IpOptsEntry {
    func value(_ option: SocketOption) throws(Failure) -> UInt32? {
      let value = try socket.socketOption(option, subject)
      return value == 0 ? nil : value
    }
    var record = IpOptsEntry()
    if family == SocketAddress.inet6Family {
      record.freebind = try value(.ip6FreeBind).map { _ in true }
      record.pktinfo = try value(.ip6ReceivePacketInfo).map { _ in true }
    } else {
      record.freebind = try value(.ipFreeBind).map { _ in true }
      record.pktinfo = try value(.ipPacketInfo).map { _ in true }
      record.tos = try value(.ipTypeOfService)
      record.ttl = try value(.ipTimeToLive)
    }
    return record
  }

  /// What only raw sockets have (raw(7)).
  static func dumpRaw(
    _ socket: some AskedFile, family: UInt32, protocol number: UInt32, _ subject: String
  ) throws(Failure) -> IpOptsRawEntry {
    let is6 = family == SocketAddress.inet6Family
    var record = IpOptsRawEntry()
    if try socket.socketOption(is6 ? .ip6HeaderIncluded : .ipHeaderIncluded, subject) != 0 { record.hdrincl = true }
    if !is6, try socket.socketOption(.ipNoDefragment, subject) != 0 { record.nodefrag = true }
    if let filter = icmpFilter(family: family, protocol: number) {
      let bytes = try socket.socketOption(filter.option, byteCount: filter.byteCount, subject)
      record.icmpvFilter = stride(from: 0, to: bytes.count, by: 4).map { bytes[...].number(at: $0) }
    }
    return record
  }

  /// A bit for each type of message that is not wanted; only for ICMP.
  private static func icmpFilter(
    family: UInt32, protocol number: UInt32
  ) -> (option: SocketOption, byteCount: Int)? {
    switch (family, number) {
    case (SocketAddress.inetFamily, InternetSocket.ProtocolNumber.icmp): (.icmpFilter, 4)
    case (SocketAddress.inet6Family, InternetSocket.ProtocolNumber.icmp6): (.icmp6Filter, 32)
    default: nil
    }
  }

  static func dumpTCP(_ socket: some AskedFile, _ subject: String) throws(Failure) -> TcpOptsEntry {
    func value(_ option: SocketOption) throws(Failure) -> UInt32? {
      let value = try socket.socketOption(option, subject)
      return value == 0 ? nil : value
    }
    var record = TcpOptsEntry()
    record.cork = try value(.tcpCork).map { _ in true }
    record.nodelay = try value(.tcpNoDelay).map { _ in true }
    record.keepcnt = try value(.tcpKeepCount)
    record.keepidle = try value(.tcpKeepIdle)
    record.keepintvl = try value(.tcpKeepInterval)
    return record
  }

  // MARK: Restore

  static func restore(
    _ record: IpOptsEntry, family: UInt32, on socket: BorrowedFD, _ subject: String
  ) throws(Failure) {
    let is6 = family == SocketAddress.inet6Family
    // Binding may have set it: addresses of IPv6 are not usable at once.
    try set(is6 ? .ip6FreeBind : .ipFreeBind, record.freebind == true ? 1 : 0, on: socket, subject)
    if record.pktinfo == true { try set(is6 ? .ip6ReceivePacketInfo : .ipPacketInfo, 1, on: socket, subject) }
    if let tos = record.tos { try set(.ipTypeOfService, tos, on: socket, subject) }
    if let ttl = record.ttl { try set(.ipTimeToLive, ttl, on: socket, subject) }
  }

  static func restore(
    _ record: IpOptsRawEntry, family: UInt32, protocol number: UInt32, on socket: BorrowedFD, _ subject: String
  ) throws(Failure) {
    let is6 = family == SocketAddress.inet6Family
    try set(is6 ? .ip6HeaderIncluded : .ipHeaderIncluded, record.hdrincl == true ? 1 : 0, on: socket, subject)
    if record.nodefrag == true { try set(.ipNoDefragment, 1, on: socket, subject) }
    if let filter = icmpFilter(family: family, protocol: number), record.icmpvFilter.count * 4 == filter.byteCount {
      try socket.setSocketOption(filter.option, record.icmpvFilter.memoryBytes, subject)
    }
  }

  static func restore(_ record: TcpOptsEntry, on socket: BorrowedFD, _ subject: String) throws(Failure) {
    if record.nodelay == true { try set(.tcpNoDelay, 1, on: socket, subject) }
    if record.cork == true { try set(.tcpCork, 1, on: socket, subject) }
    if let count = record.keepcnt { try set(.tcpKeepCount, count, on: socket, subject) }
    if let idle = record.keepidle { try set(.tcpKeepIdle, idle, on: socket, subject) }
    if let interval = record.keepintvl { try set(.tcpKeepInterval, interval, on: socket, subject) }
  }

  private static func set(
    _ option: SocketOption, _ value: UInt32, on socket: BorrowedFD, _ subject: String
  ) throws(Failure) {
    guard try socket.socketOption(option, subject) != value else { return }
    try socket.setSocketOption(option, value, subject)
  }
}
