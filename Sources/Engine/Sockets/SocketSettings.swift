internal import Images
internal import Linux

/// The options that sockets of every family have (socket(7)), between a socket and its record.
enum SocketSettings {
  // MARK: Dump

  private static let options: [SocketOption] = [
    .bufferLock, .priority, .receiveLowWater, .mark, .reuseAddress, .reusePort, .dontRoute,
    .noChecksum, .broadcast, .keepAlive, .outOfBandInline, .peekOffset,
  ]
  private static let longOptions: [SocketOption] = [.sendTimeout, .receiveTimeout, .linger, .device]

  /// Asks what `dump` asks of every socket that the kernel lists with its buffers.
  static func ask(_ socket: BorrowedFD, into recorder: inout AnswerRecorder) {
    for option in options { recorder.record(.socketOption(option), of: socket) }
    for option in longOptions { recorder.record(.socketOption(option, byteCount: 16), of: socket) }
    let (filter, _) = recorder.record(.socketFilter(0), of: socket)
    if filter > 0 { recorder.record(.socketFilter(filter), of: socket) }
  }

  /// - Parameter buffers: As the kernel's list has them; `nil`: the socket is asked.
  static func dump(
    _ socket: some AskedFile, family: UInt32, buffers: SocketBuffers? = nil, _ subject: String
  ) throws(Failure) -> SkOptsEntry {
    func value(_ option: SocketOption) throws(Failure) -> UInt32 { try socket.socketOption(option, subject) }
    func flag(_ option: SocketOption) throws(Failure) -> Bool { try value(option) != 0 }
    var record = SkOptsEntry()
    record.soSndbuf = if let buffers { buffers.send } else { try value(.sendBuffer) }
    record.soRcvbuf = if let buffers { buffers.receive } else { try value(.receiveBuffer) }
    record.soBufLock = socket.socketOptionIfKnown(.bufferLock)
    record.soPriority = try value(.priority)
    record.soRcvlowat = try value(.receiveLowWater)
    let mark = try value(.mark)
    if mark != 0 { record.soMark = mark }
    // struct timeval
    (record.soSndTmoSec, record.soSndTmoUsec) = try socket.socketOptionWords(.sendTimeout, subject)
    (record.soRcvTmoSec, record.soRcvTmoUsec) = try socket.socketOptionWords(.receiveTimeout, subject)
    record.reuseaddr = try flag(.reuseAddress)
    record.soReuseport = try flag(.reusePort)
    if family == SocketAddress.unixFamily {
      record.soPasscred = try flag(.passCredentials)
      record.soPasssec = try flag(.passSecurity)
    }
    record.soDontroute = try flag(.dontRoute)
    record.soNoCheck = try flag(.noChecksum)
    record.soBroadcast = try flag(.broadcast)
    record.soKeepalive = try flag(.keepAlive)
    record.soOobinline = try flag(.outOfBandInline) ? 1 : 0
    // -1 where nobody has set it; few families have it.
    record.soPeekOff = socket.socketOptionIfKnown(.peekOffset).flatMap { $0 == .max ? nil : $0 }
    // struct linger: whether it is on, and seconds.
    let linger = try socket.socketOptionWords(.linger, subject).0
    if UInt32(truncatingIfNeeded: linger) != 0 { record.soLinger = UInt32(linger >> 32) }
    let device = try socket.socketOptionWords(.device, subject)
    if device.0 != 0 {
      record.soBoundDev = String(lossless: withUnsafeBytes(of: device) { name in Array(name.prefix { $0 != 0 }) })
    }
    record.soFilter = try socket.socketFilter(subject).map { FilterInstruction(memory: $0).image }
    return record
  }

  // MARK: Restore

  static func restore(
    _ record: SkOptsEntry, on socket: BorrowedFD, _ subject: String
  ) throws(Failure) {
    try restoreBuffers(record, on: socket, subject)
    func set(_ option: SocketOption, _ value: UInt32?) throws(Failure) {
      guard let value, try socket.socketOption(option, subject) != value else { return }
      try socket.setSocketOption(option, value, subject)
    }
    func set(_ option: SocketOption, _ flag: Bool?) throws(Failure) { try set(option, flag.map { $0 ? 1 : 0 }) }
    try set(.priority, record.soPriority)
    try set(.receiveLowWater, record.soRcvlowat)
    try set(.mark, record.soMark)
    try set(.reuseAddress, record.reuseaddr)
    try set(.reusePort, record.soReuseport)
    // Only some families have these two.
    if record.soPasscred == true { try set(.passCredentials, 1) }
    if record.soPasssec == true { try set(.passSecurity, 1) }
    try set(.dontRoute, record.soDontroute)
    try set(.noChecksum, record.soNoCheck)
    try set(.broadcast, record.soBroadcast)
    try set(.keepAlive, record.soKeepalive)
    try set(.outOfBandInline, record.soOobinline)
    if let offset = record.soPeekOff { try socket.setSocketOption(.peekOffset, offset, subject) }
    if let seconds = record.soLinger {
      try socket.setSocketOption(.linger, bytes(of: UInt32(1)) + bytes(of: seconds), subject)
    }
    if record.soSndTmoSec != 0 || record.soSndTmoUsec != 0 {
      try socket.setSocketOption(
        .sendTimeout, bytes(of: record.soSndTmoSec) + bytes(of: record.soSndTmoUsec), subject)
    }
    if record.soRcvTmoSec != 0 || record.soRcvTmoUsec != 0 {
      try socket.setSocketOption(
        .receiveTimeout, bytes(of: record.soRcvTmoSec) + bytes(of: record.soRcvTmoUsec), subject)
    }
    if let device = record.soBoundDev {
      try socket.setSocketOption(.device, device.losslessBytes + [0], subject)
    }
    if !record.soFilter.isEmpty {
      try socket.attachSocketFilter(record.soFilter.map { FilterInstruction(image: $0).memory }, subject)
    }
  }

  /// The kernel doubles what it is given, and takes more than the system's limit from privileged processes only.
  private static func restoreBuffers(_ record: SkOptsEntry, on socket: BorrowedFD, _ subject: String) throws(Failure) {
    for (option, forced, wanted) in [
      (SocketOption.sendBuffer, SocketOption.sendBufferForced, record.soSndbuf),
      (.receiveBuffer, .receiveBufferForced, record.soRcvbuf),
    ] where try socket.socketOption(option, subject) != wanted {
      if let errno = socket.trySetSocketOption(forced, wanted / 2) {
        guard errno == .notPermitted else {
          throw Failure("set the buffer size", subject, errno, remedy: "The image is damaged: dump again.")
        }
        try socket.setSocketOption(option, wanted / 2, subject)
        guard try socket.socketOption(option, subject) >= wanted else {
          throw Failure(
            "set the buffer size to \(wanted) bytes", subject, .notPermitted,
            remedy: "Restore with CAP_NET_ADMIN, or raise net.core.wmem_max and net.core.rmem_max.")
        }
      }
    }
    if let lock = record.soBufLock, let now = socket.socketOptionIfKnown(.bufferLock), now != lock {
      try socket.setSocketOption(.bufferLock, lock, subject)
    }
  }

  private static func bytes<T: FixedWidthInteger>(of number: T) -> [UInt8] {
    withUnsafeBytes(of: number) { [UInt8]($0) }
  }
}

extension SkShutdown {
  /// Bit 0: no reading, bit 1: no writing.
  ///
  /// - Returns: `nil` for neither.
  static func from(_ bits: UInt8) -> SkShutdown? { bits == 0 ? nil : SkShutdown(rawValue: UInt32(bits & 3)) }
}
