internal import Images
internal import Linux
internal import Streams

/// What waits in unix sockets to be read: sk-queues.img.
final class SocketQueues: KindState {
  /// By the id of the socket that is to read them, in order.
  private(set) var packets: [UInt32: [[UInt8]]] = [:]

  // MARK: Dump

  func add(_ queue: [QueuedPacket], for id: UInt32, _ subject: String) throws(Failure) {
    guard !queue.contains(where: \.carriesDescriptors) else {
      throw Failure(
        "dump the queue of the socket", "\(subject): descriptors are on their way through it (SCM_RIGHTS)",
        .notSupported, remedy: "Dump again when the program has received them.")
    }
    if !queue.isEmpty { packets[id] = queue.map(\.bytes) }
  }

  func write(to sink: any ImageSink) throws(Failure) {
    guard !packets.isEmpty else { return }
    let writer = try sink.recordWriter(.skQueues)
    for (id, packets) in packets.sorted(by: { $0.key < $1.key }) {
      for packet in packets {
        try writer.write(
          SkPacketEntry {
            $0.idFor = id
            $0.length = UInt32(packet.count)
          })
        if !packet.isEmpty { try writer.write(extra: packet.span.bytes) }
      }
    }
    try writer.finish()
  }

  // MARK: Restore

  func load(from source: any ImageSource) throws(Failure) {
    guard let reader = try source.recordReader(.skQueues) else { return }
    while let record = try reader.next(SkPacketEntry.self) {
      guard record.scm.isEmpty else {
        throw Failure(
          "restore the queue of a socket", "file \(record.idFor): descriptors are on their way through it",
          .notSupported, remedy: "Restore this set with upstream's criu.")
      }
      packets[record.idFor, default: []].append(try reader.readExtra(byteCount: Int(record.length)))
    }
  }
}
