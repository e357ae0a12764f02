internal import Images
internal import Linux
internal import Streams

/// Netlink sockets (netlink(7)): their ports, groups and peers. What waits in one cannot be put back: the kernel sent it.
enum NetlinkSocket: FileKind {
  static var type: FdTypes { .netlinksk }

  private final class Listed: KindState {
    private var table: NetlinkSocketTable?

    /// - Returns: `nil` where the kernel cannot list such sockets.
    func description(of inode: UInt32) throws(Failure) -> NetlinkSocketDescription? {
      if table == nil { table = try NetlinkSocketTable.read() }
      return table?.sockets[inode]
    }
  }

  private static let connected: UInt32 = 1
  /// POLLIN
  private static let readable: Int16 = 1

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    try descriptor.socketFamily() == SocketAddress.netlinkFamily
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let (socket, subject) = (try descriptor.file, descriptor.subject)
    try SocketNamespace.check(socket, subject)
    guard try socket.readiness(events: readable, subject) & readable == 0 else {
      throw Failure(
        "dump the netlink socket", "\(subject): messages of the kernel wait in it", .notSupported,
        remedy: "Dump again when the program has read them.")
    }
    var record = NetlinkSkEntry()
    record.id = id
    record.ino = UInt32(truncatingIfNeeded: descriptor.status.inode)
    record.protocol = try socket.socketOption(.protocolNumber, subject)
    if let listed = try dump.states[Listed.self].description(of: record.ino) {
      record.nsId = SocketNamespace.ownID
      record.state = UInt32(listed.state)
      record.portid = listed.port
      record.groups = listed.groups
      record.dstPortid = listed.destinationPort
      record.dstGroup = listed.destinationGroup
    }
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    record.opts = try SocketSettings.dump(socket, family: SocketAddress.netlinkFamily, subject)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.nlsk = record
    }
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) { _ = try entry.require(entry.nlsk, "nlsk") }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.nlsk, "nlsk")
      let subject = "\(entry.key)"
      let raw: UInt32 = 3  // SOCK_RAW
      let file = try makeSocket(family: SocketAddress.netlinkFamily, type: raw, protocol: record.protocol)
      let socket = file.borrowed()
      if record.portid != 0 { try bind(socket, port: record.portid, restore.log, subject) }
      for (index, word) in record.groups.enumerated() {
        for bit in 0..<32 where word & 1 << UInt32(bit) != 0 {
          try socket.setSocketOption(.netlinkAddMembership, UInt32(index * 32 + bit + 1), subject)
        }
      }
      if record.state == connected {
        let group = record.dstGroup
        try socket.connect(
          to: .netlink(port: record.dstPortid, groups: (1...32).contains(group) ? 1 << (group - 1) : 0), subject)
      }
      return file
    }
  }

  /// Most ports were given by the kernel, and nobody asks for them.
  private static func bind(_ socket: BorrowedFD, port: UInt32, _ log: Log, _ subject: String) throws(Failure) {
    do throws(Failure) { try socket.bind(to: .netlink(port: port), subject) } catch {
      guard error.errno == .addressInUse else { throw error }
      log.warning("The netlink socket, \(subject), gets another port: \(port) is taken")
      try socket.bind(to: .netlink(port: 0), subject)
    }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.nlsk, "nlsk")
    let socket = BorrowedFD(number)
    try SocketSettings.restore(record.opts, on: socket, "\(entry.key)")
    try socket.restoreStatusFlags(record.flags, of: entry.key)
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
