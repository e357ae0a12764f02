internal import Images
internal import Linux
internal import Streams

/// Internet sockets (ip(7), ipv6(7)): TCP, UDP, ping and raw sockets. What a live TCP connection has besides is
/// `TcpConnection`.
///
/// All are bound before any listens or connects, as only then may several have one port.
enum InternetSocket: FileKind {
  static var type: FdTypes { .inetsk }

  enum ProtocolNumber {
    static let icmp: UInt32 = 1
    static let tcp: UInt32 = 6
    static let udp: UInt32 = 17
    static let icmp6: UInt32 = 58
    static let udpLite: UInt32 = 136
  }

  /// States of TCP, which images use for all protocols.
  enum State {
    static let established: UInt32 = 1
    static let closed: UInt32 = 7
    static let listening: UInt32 = 10
  }

  /// POLLRDHUP (poll(2)): of a closed socket, nothing else tells that its reading was shut down.
  static let readHangUp: Int16 = 0x2000

  private enum SocketType {
    static let stream: UInt32 = 1
    static let datagram: UInt32 = 2
    static let raw: UInt32 = 3
  }

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    let family = try descriptor.socketFamily()
    return family == SocketAddress.inetFamily || family == SocketAddress.inet6Family
  }

  /// All but connections, raw sockets, and those that the kernel does not list.
  static func canWait(_ descriptor: Descriptor, in dump: FileDump) throws(Failure) -> Bool {
    let socket = descriptor.asked
    let type = try socket.socketOption(.type, descriptor.subject)
    guard type != SocketType.raw, try listed(descriptor, in: dump)?.buffers != nil else { return false }
    if type != SocketType.stream { return true }
    let information = socket.known(.socketOption(.tcpInformation, byteCount: 1))
    return information?.bytes.first == UInt8(State.listening)
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let (socket, subject) = (descriptor.asked, descriptor.subject)
    let listed = try listed(descriptor, in: dump)
    var record = try record(of: socket, buffers: listed?.buffers, subject)
    record.id = id
    record.ino = UInt32(truncatingIfNeeded: descriptor.status.inode)
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    if let listed {
      record.nsId = SocketNamespace.ownID
      record.shutdown = SkShutdown.from(listed.shutdown)
      record.backlog = listed.writeQueue
    } else {
      try SocketNamespace.check(descriptor.file, subject)
    }
    try describeTCP(socket, in: &record, waiting: listed?.receiveQueue ?? 0, options: dump.options.sockets, subject)
    if isConnection(record), !dump.options.sockets.tcpClose, let number = descriptor.number {
      dump.states[TcpConnectionDump.self].note(
        .init(
          task: descriptor.task, number: number, key: FileKey(type: type, id: id), record: record, subject: subject))
    }
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.isk = record
    }
  }

  /// - Returns: `nil` for a socket that was neither bound nor connected, which the kernel does not list.
  private static func listed(_ descriptor: Descriptor, in dump: FileDump) throws(Failure) -> InetSocketDescription? {
    try dump.states[InternetSocketDump.self].description(
      of: UInt32(truncatingIfNeeded: descriptor.status.inode), family: try descriptor.socketFamily() ?? 0,
      protocol: try descriptor.asked.socketOption(.protocolNumber, descriptor.subject),
      isRaw: try descriptor.asked.socketOption(.type, descriptor.subject) == SocketType.raw)
  }

  /// What the socket itself tells.
  ///
  /// - Parameter buffers: Of the kernel's list; `nil`: the socket is asked for them too.
  static func record(
    of socket: some AskedFile, buffers: SocketBuffers? = nil, _ subject: String
  ) throws(Failure) -> InetSkEntry {
    var record = InetSkEntry()
    record.family = try socket.socketOption(.domain, subject)
    record.type = try socket.socketOption(.type, subject)
    record.proto = try socket.socketOption(.protocolNumber, subject)
    try check(record, subject)
    if record.type == SocketType.datagram, record.proto == ProtocolNumber.udp || record.proto == ProtocolNumber.udpLite,
      try socket.socketOption(.udpCork, subject) != 0
    {
      throw Failure(
        "dump the socket", "\(subject): it holds back what it is to send (UDP_CORK)", .notSupported,
        remedy: "Dump again when the program has sent it.")
    }
    let (source, peer) = (try socket.socketName(subject), try socket.inetPeerName(family: record.family, subject))
    record.srcPort = UInt32(source.port)
    record.srcAddr = source.words
    record.dstPort = UInt32(peer?.port ?? 0)
    record.dstAddr = peer?.words ?? source.words.map { _ in 0 }
    record.state = peer == nil ? State.closed : State.established
    record.opts = try SocketSettings.dump(socket, family: record.family, buffers: buffers, subject)
    var settings = try InternetSettings.dump(socket, family: record.family, subject)
    if record.type == SocketType.raw {
      settings.raw = try InternetSettings.dumpRaw(socket, family: record.family, protocol: record.proto, subject)
    }
    record.ipOpts = settings
    record.tcpOpts = TcpOptsEntry()
    if record.family == SocketAddress.inet6Family {
      record.v6only = try socket.socketOption(.ip6Only, subject) != 0
      if record.srcPort != 0, isLinkLocal(record.srcAddr) { record.ifname = record.opts.soBoundDev }
    }
    return record
  }

  private static func describeTCP(
    _ socket: some AskedFile, in record: inout InetSkEntry, waiting: UInt32, options: SocketOptions, _ subject: String
  ) throws(Failure) {
    guard isTCP(record) else { return }
    record.tcpOpts = try InternetSettings.dumpTCP(socket, subject)
    record.state = UInt32(try socket.socketOption(.tcpInformation, byteCount: 1, subject).first ?? 0)
    switch record.state {
    case State.closed:
      guard record.dstPort == 0 else { return }
      let readiness = try socket.readiness(events: readHangUp, subject)
      if readiness & readHangUp != 0 { record.shutdown = .read }
    case State.listening:
      guard waiting > 0, !options.skipInFlight else { return }
      throw Failure(
        "dump the listening socket", "\(subject): \(waiting) connections are not accepted yet", .notSupported,
        remedy: "Dump again when the program has accepted them, or leave them out with --skip-in-flight.")
    default:
      guard !options.tcpEstablished, !options.tcpClose else { return }
      throw Failure(
        "dump the TCP connection", "\(subject): to port \(record.dstPort), in state \(record.state)", .notSupported,
        remedy: "Give --tcp-established to carry it over, or --tcp-close to have it closed at the restore.")
    }
  }

  /// A raw socket may be for the packets of TCP.
  private static func isTCP(_ record: InetSkEntry) -> Bool {
    record.proto == ProtocolNumber.tcp && record.type == SocketType.stream
  }

  /// Whether a record is of TCP with a peer.
  static func isConnection(_ record: InetSkEntry) -> Bool {
    isTCP(record) && record.dstPort != 0 && record.state != State.listening
  }

  static func conclude(_ dump: FileDump) throws(Failure) {
    try dump.states[TcpConnectionDump.self].conclude(dump)
  }

  static func writeBlobs(of dump: FileDump, to sink: any ImageSink) throws(Failure) {
    try dump.states[TcpConnectionDump.self].writeBlobs(to: sink)
  }

  /// fe80::/10, which means something on one device only.
  private static func isLinkLocal(_ address: [UInt32]) -> Bool {
    address.count == 4 && UInt32(bigEndian: address[0]) & 0xffc0_0000 == 0xfe80_0000
  }

  private static func check(_ record: InetSkEntry, _ subject: String) throws(Failure) {
    switch (record.type, record.proto) {
    case (SocketType.stream, ProtocolNumber.tcp), (SocketType.datagram, ProtocolNumber.udp),
      (SocketType.datagram, ProtocolNumber.udpLite), (SocketType.datagram, ProtocolNumber.icmp),
      (SocketType.datagram, ProtocolNumber.icmp6), (SocketType.raw, _):
      return
    default:
      throw Failure(
        "handle the socket", "\(subject): type \(record.type), protocol \(record.proto)", .notSupported,
        remedy: "TCP, UDP, UDP-Lite, ping and raw sockets can be carried over: have the program close this one.")
    }
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.isk, "isk")
    try check(record, "\(entry.key)")
    let wordCount = record.family == SocketAddress.inetFamily ? 1 : 4
    guard [SocketAddress.inetFamily, SocketAddress.inet6Family].contains(record.family),
      record.srcAddr.count == wordCount, record.dstAddr.count == wordCount, record.srcPort < 65536,
      record.dstPort < 65536
    else {
      throw Failure(
        "use the address", "\(entry.key)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
  }

  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    try plan.states[TcpConnectionPlan.self].load(from: source, into: plan)
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.isk, "isk")
      let subject = "\(entry.key)"
      let file = try makeSocket(family: record.family, type: record.type, protocol: record.proto)
      let socket = file.borrowed()
      let connection = restore.plan.states[TcpConnectionPlan.self].connections[record.ino]
      // In this mode its port may be another's too.
      if connection != nil { try socket.beginTcpRepair(subject) } else if isConnection(record) { return file }
      if record.v6only == true { try socket.setSocketOption(.ip6Only, 1, subject) }
      if let device = record.ifname ?? record.opts.soBoundDev {
        try socket.setSocketOption(.device, device.losslessBytes + [0], subject)
      }
      // Connections of a former life may linger at the port; `finish` sets what the record has.
      if connection == nil { try socket.setSocketOption(.reuseAddress, 1, subject) }
      // One of several listeners may have given up the option after it was bound.
      if record.opts.soReuseport == true || isTCP(record) { try socket.setSocketOption(.reusePort, 1, subject) }
      if record.srcPort != 0 {
        let isFree = record.family == SocketAddress.inet6Family ? SocketOption.ip6FreeBind : .ipFreeBind
        if record.family == SocketAddress.inet6Family || record.ipOpts?.freebind == true {
          try socket.setSocketOption(isFree, 1, subject)
        }
        try socket.bind(
          to: .inet(port: UInt16(record.srcPort), address: record.srcAddr), subject + ", port \(record.srcPort)")
      }
      try connection?.connect(socket, to: peer(of: record), subject)
      return file
    }
  }

  static func connect(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.isk, "isk")
    let (socket, subject) = (BorrowedFD(number), "\(entry.key), port \(record.srcPort)")
    if let connection = restore.plan.states[TcpConnectionPlan.self].connections[record.ino] {
      try connection.fill(
        socket, ports: (UInt16(record.srcPort), UInt16(record.dstPort)), own: record.srcAddr, peer: record.dstAddr,
        subject)
    } else if isConnection(record) {
      return  // closed, as the user wanted
    } else if isTCP(record), record.state == State.listening {
      try socket.listen(backlog: record.backlog, subject)
    } else if record.dstPort != 0 {
      try socket.connect(to: peer(of: record), subject)
    }
  }

  private static func peer(of record: InetSkEntry) -> SocketAddress {
    .inet(port: UInt16(record.dstPort), address: record.dstAddr)
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.isk, "isk")
    let (socket, subject) = (BorrowedFD(number), "\(entry.key)")
    if let settings = record.ipOpts {
      try InternetSettings.restore(settings, family: record.family, on: socket, subject)
      if let raw = settings.raw {
        try InternetSettings.restore(raw, family: record.family, protocol: record.proto, on: socket, subject)
      }
    }
    try SocketSettings.restore(record.opts, on: socket, subject)
    if isTCP(record), let settings = record.tcpOpts {
      try InternetSettings.restore(settings, on: socket, subject)
    }
    let isCarried = restore.plan.states[TcpConnectionPlan.self].connections[record.ino] != nil
    let sides = isConnection(record) ? SkShutdown.both : record.shutdown
    if let sides, sides.rawValue != 0, record.state != State.listening, !isCarried {
      do throws(Failure) { try socket.shutDown(sides.rawValue, subject) } catch {
        // Said of a socket without a peer, and done.
        guard error.errno == .notConnected else { throw error }
      }
    }
    try socket.restoreStatusFlags(record.flags, of: entry.key)
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
