internal import Images
internal import Linux
internal import Streams

/// Pipes with a name (fifo(7)). The record of a fifo names a REG record of its own, which has its path and flags.
enum Fifo: FileKind {
  static var type: FdTypes { .fifo }

  final class Contents: PipeContents {}

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    descriptor.status.format == .fifo && descriptor.flags & FileFlags.pathOnly == 0
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let pathID = dump.takeID()
    var path = try RegularFile.dump(descriptor, id: pathID, into: dump)
    // Nobody can open a fifo with it.
    path.reg?.flags &= ~FileFlags.direct
    dump.append(path)
    try dump.states[Contents.self].see(descriptor)
    let record = FifoEntry {
      $0.id = id
      $0.pipeId = UInt32(truncatingIfNeeded: descriptor.status.inode)
      $0.regfId = pathID
      $0.packets = descriptor.hasPackets
    }
    return FileEntry {
      $0.type = .fifo
      $0.id = id
      $0.fifo = record
    }
  }

  static func writeBlobs(of dump: FileDump, to sink: any ImageSink) throws(Failure) {
    try dump.states[Contents.self].write(to: .fifoData, of: sink)
  }

  // MARK: Restore

  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    try plan.states[Contents.self].load(.fifoData, from: source)
  }

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) { _ = try path(of: entry, in: plan) }

  private static func path(of entry: FileEntry, in plan: FilePlan) throws(Failure) -> RegFileEntry {
    let record = try entry.require(entry.fifo, "fifo")
    return try plan.regularFile(try entry.require(record.regfId, "regf_id"))
  }

  /// All descriptions of one fifo: its contents live as long as one of them is open.
  static func group(of entry: FileEntry, in plan: FilePlan) -> FileGroupKey {
    FileGroupKey(type: .fifo, number: UInt64(entry.fifo?.pipeId ?? 0))
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    guard let first = group.entries.first else { return [] }
    let path = try path(of: first, in: restore.plan)
    // Open at both ends, so that no open below waits for the other end.
    let both = try RegularFile.open(path, flags: FileFlags.readWrite | FileFlags.nonBlocking, in: restore)
    let pipe = UInt32(truncatingIfNeeded: group.key.number)
    try restore.plan.states[Contents.self].fill(pipe, through: both.borrowed(), path.name)
    var made: [MadeFile] = []
    for entry in group.entries {
      let file = try RegularFile.open(try Fifo.path(of: entry, in: restore.plan), in: restore)
      if entry.fifo?.packets == true { try file.borrowed().setPackets(true, path.name) }
      made.append(MadeFile(key: entry.key, descriptor: file.release()))
    }
    try both.close(path.name)
    return made
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let path = try path(of: entry, in: restore.plan)
    try FileOwner.restore(path.fown, flags: path.flags, at: number, of: entry.key)
  }
}
