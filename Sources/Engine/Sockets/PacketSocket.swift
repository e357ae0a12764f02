internal import Images
internal import Linux
internal import Streams

/// Packet sockets (packet(7)): what devices receive and send, with rings, fanout groups and memberships. What waits in one
/// is not carried over: it was a copy of what went by.
enum PacketSocket: FileKind {
  static var type: FdTypes { .packetsk }

  /// SOCK_PACKET: the old form, which has none of the options.
  private static let oldType: UInt32 = 10
  /// PACKET_FANOUT_FLAG_UNIQUEID, as PACKET_FANOUT has it: the kernel was to choose the number, and has.
  private static let fanoutUnique: UInt32 = 0x2000_0000

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    try descriptor.socketFamily() == SocketAddress.packetFamily
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let (socket, subject) = (try descriptor.file, descriptor.subject)
    try SocketNamespace.check(socket, subject)
    let inode = UInt32(truncatingIfNeeded: descriptor.status.inode)
    let seen = dump.states[PacketSocketDump.self]
    let listed = try seen.description(of: inode, subject)
    seen.ids[inode] = id
    var record = PacketSockEntry()
    record.id = id
    record.nsId = SocketNamespace.ownID
    record.type = UInt32(listed.type)
    record.protocol = UInt32(listed.protocolNumber.bigEndian)
    record.ifindex = listed.device
    record.version = listed.version
    record.reserve = listed.reserve
    record.timestamp = listed.timestamp
    record.copyThresh = listed.copyThreshold
    record.auxData = listed.hasAuxiliaryData
    record.origDev = listed.hasOriginalDevice
    record.vnetHdr = listed.hasVirtualHeader
    record.loss = listed.hasLoss
    record.mclist = listed.memberships.flatMap { membership in
      let one = PacketMclist {
        $0.index = membership.device
        $0.type = UInt32(membership.type)
        $0.addr = membership.address
      }
      return [PacketMclist](repeating: one, count: Int(membership.count))
    }
    if listed.isInFanout { record.fanout = try socket.socketOption(.packetFanout, subject) & ~fanoutUnique }
    record.rxRing = listed.receiveRing.map(PacketRing.init)
    record.txRing = listed.sendRing.map(PacketRing.init)
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    record.opts = try SocketSettings.dump(socket, family: SocketAddress.packetFamily, subject)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.psk = record
    }
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.psk, "psk")
    guard record.mclist.allSatisfy({ $0.addr.count <= 32 && $0.type <= 0xffff }) else {
      throw Failure(
        "use the address of a membership", "\(entry.key)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.psk, "psk")
      let subject = "\(entry.key)"
      let file = try makeSocket(family: SocketAddress.packetFamily, type: record.type, protocol: record.protocol)
      let socket = file.borrowed()
      if record.type == oldType {
        if record.ifindex != 0 {
          try socket.bind(to: .packet(deviceName: try socket.nameOfDevice(record.ifindex, subject)), subject)
        }
        return file
      }
      if record.ifindex != 0 { try socket.bind(to: .packet(device: record.ifindex), subject) }
      try restoreOptions(record, on: socket, subject)
      return file
    }
  }

  /// The form of rings depends on the version, what is in them on the header and the reserve, and only what is bound
  /// joins a group.
  private static func restoreOptions(
    _ record: PacketSockEntry, on socket: BorrowedFD, _ subject: String
  ) throws(Failure) {
    for (option, value) in [
      (SocketOption.packetVersion, record.version), (.packetReserve, record.reserve),
      (.packetTimestamp, record.timestamp), (.packetCopyThreshold, record.copyThresh),
      (.packetAuxiliaryData, record.auxData ? 1 : 0), (.packetOriginalDevice, record.origDev ? 1 : 0),
      (.packetVirtualHeader, record.vnetHdr ? 1 : 0), (.packetLoss, record.loss ? 1 : 0),
    ] where value != 0 {
      try socket.setSocketOption(option, value, subject)
    }
    for membership in record.mclist {
      // struct packet_mreq, with room for long addresses.
      let request =
        [membership.index, membership.type | UInt32(membership.addr.count) << 16].memoryBytes + membership.addr
        + [UInt8](repeating: 0, count: 32 - membership.addr.count)
      try socket.setSocketOption(.packetAddMembership, request, subject)
    }
    if let ring = record.rxRing { try socket.setSocketOption(.packetReceiveRing, ring.words.memoryBytes, subject) }
    if let ring = record.txRing { try socket.setSocketOption(.packetSendRing, ring.words.memoryBytes, subject) }
    if let fanout = record.fanout, fanout != .max { try socket.setSocketOption(.packetFanout, fanout, subject) }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.psk, "psk")
    let socket = BorrowedFD(number)
    try SocketSettings.restore(record.opts, on: socket, "\(entry.key)")
    try socket.restoreStatusFlags(record.flags, of: entry.key)
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}

/// What a dump knows of packet sockets.
final class PacketSocketDump: KindState {
  private var table: PacketSocketTable?
  /// The ids of their records, by inode.
  var ids: [UInt32: UInt32] = [:]

  func description(of inode: UInt32, _ subject: String) throws(Failure) -> PacketSocketDescription {
    if table == nil { table = try PacketSocketTable.read() }
    if let listed = table?.sockets[inode] { return listed }
    throw Failure(
      "dump the packet socket", subject, .notSupported,
      remedy: "The kernel does not list it: it needs CONFIG_PACKET_DIAG.")
  }
}

extension PacketRing {
  /// - Parameter words: Of struct tpacket_req3.
  fileprivate init(_ words: [UInt32]) {
    self.init()
    let words = words + [UInt32](repeating: 0, count: 7)
    (blockSize, blockNr, frameSize, frameNr) = (words[0], words[1], words[2], words[3])
    (retireTmo, sizeofPriv, features) = (words[4], words[5], words[6])
  }

  fileprivate var words: [UInt32] { [blockSize, blockNr, frameSize, frameNr, retireTmo, sizeofPriv, features] }
}
