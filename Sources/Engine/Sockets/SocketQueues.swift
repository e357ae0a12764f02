internal import Images
internal import Linux
internal import Streams

/// What waits in unix sockets to be read: sk-queues.img.
final class SocketQueues: KindState {
  struct Packet: Hashable {
    let bytes: [UInt8]
    /// Ids of files in flight with it (SCM_RIGHTS), in order.
    var rights: [UInt32] = []
  }

  /// cmsghdr.cmsg_type (unix(7))
  private static let rightsType: UInt32 = 1

  /// By the id of the socket that is to read them, in order.
  private(set) var packets: [UInt32: [Packet]] = [:]
  /// Kept until the dump ends, so that descriptors of tasks can be compared with them.
  private var inFlight: [Descriptor] = []

  init() {}

  // MARK: Dump

  /// - Parameter through: The socket that is to read the queue.
  func add(_ queue: [QueuedPacket], for id: UInt32, through socket: Descriptor, in dump: FileDump) throws(Failure) {
    var packets: [Packet] = []
    for packet in queue {
      var rights: [UInt32] = []
      for number in packet.descriptors {
        let descriptor = try Descriptor.inFlight(OwnedFD(adopting: number), through: socket.task)
        inFlight.append(descriptor)
        rights.append(try dump.id(ofFileInFlight: descriptor).id)
      }
      packets.append(Packet(bytes: packet.bytes, rights: rights))
    }
    add(packets, for: id)
  }

  func add(_ packets: [Packet], for id: UInt32) {
    if !packets.isEmpty { self.packets[id] = packets }
  }

  func write(to sink: any ImageSink) throws(Failure) {
    guard !packets.isEmpty else { return }
    let writer = try sink.recordWriter(.skQueues)
    for (id, packets) in packets.sorted(by: { $0.key < $1.key }) {
      for packet in packets {
        let rights = ScmEntry {
          $0.type = SocketQueues.rightsType
          $0.rights = packet.rights
        }
        try writer.write(
          SkPacketEntry {
            $0.idFor = id
            $0.length = UInt32(packet.bytes.count)
            $0.scm = packet.rights.isEmpty ? [] : [rights]
          })
        if !packet.bytes.isEmpty { try writer.write(extra: packet.bytes.span.bytes) }
      }
    }
    try writer.finish()
  }

  // MARK: Restore

  func load(from source: any ImageSource) throws(Failure) {
    guard let reader = try source.recordReader(.skQueues) else { return }
    while let record = try reader.next(SkPacketEntry.self) {
      guard record.scm.allSatisfy({ $0.type == SocketQueues.rightsType }) else {
        throw Failure(
          "restore the queue of a socket", "file \(record.idFor): something else than descriptors is in flight",
          .notSupported, remedy: "Restore this set with a criu that knows this kind of message.")
      }
      let bytes = try reader.readExtra(byteCount: Int(record.length))
      packets[record.idFor, default: []].append(Packet(bytes: bytes, rights: record.scm.flatMap(\.rights)))
    }
  }

  /// Whether files are in flight to the socket.
  func carriesFiles(to id: UInt32) -> Bool { packets[id]?.contains { !$0.rights.isEmpty } ?? false }

  /// The files in flight to the socket.
  ///
  /// - Parameter files: All records; an image names files in flight by their ids alone.
  func files(inFlightTo id: UInt32, in plan: FilePlan) -> [FileKey] {
    (packets[id] ?? []).flatMap(\.rights).compactMap { plan.key(ofID: $0) }
  }
}
