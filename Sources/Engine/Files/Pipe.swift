internal import Images
internal import Linux
internal import Streams

/// Pipes without a name (pipe(2)).
enum Pipe: FileKind {
  static var type: FdTypes { .pipe }

  final class Contents: PipeContents {}

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    guard descriptor.status.format == .fifo, descriptor.flags & FileFlags.pathOnly == 0 else { return false }
    if let pipeDevice { return descriptor.status.device == pipeDevice }
    return try descriptor.link().bytes.starts(with: Array("pipe:[".utf8))
  }

  /// What it holds must be copied at once.
  static func canWait(_ descriptor: Descriptor, in dump: FileDump) throws(Failure) -> Bool {
    if descriptor.flags & FileFlags.accessMode == FileFlags.writeOnly { return true }
    return try descriptor.asked.readableByteCount(descriptor.subject) == 0
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    try dump.states[Contents.self].see(descriptor)
    let owner = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    let record = PipeEntry {
      $0.id = id
      $0.pipeId = UInt32(truncatingIfNeeded: descriptor.status.inode)
      $0.flags = descriptor.flags & ~FileFlags.direct
      $0.packets = descriptor.hasPackets
      $0.fown = owner
    }
    return FileEntry {
      $0.type = .pipe
      $0.id = id
      $0.pipe = record
    }
  }

  /// A pipe may lead out of the tree, as standard streams of containers do: the restore is then told what to put there.
  static func complete(_ dump: FileDump) {
    for (pipe, ends) in dump.states[Contents.self].ends.sorted(by: { $0.key < $1.key }) {
      guard ends.hasReader && !ends.reads || ends.hasWriter && !ends.writes else { continue }
      dump.log.warning(
        "pipe:[\(pipe)] leads out of the tree: restore with --inherit-fd 'fd[N]:pipe:[\(pipe)]', "
          + "or its other end will be closed")
    }
  }

  static func writeBlobs(of dump: FileDump, to sink: any ImageSink) throws(Failure) {
    try dump.states[Contents.self].write(to: .pipesData, of: sink)
  }

  // MARK: Restore

  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    try plan.states[Contents.self].load(.pipesData, from: source)
  }

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    _ = try entry.require(entry.pipe, "pipe")
  }

  static func group(of entry: FileEntry, in plan: FilePlan) -> FileGroupKey {
    FileGroupKey(type: .pipe, number: UInt64(entry.pipe?.pipeId ?? 0))
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    let pipe = UInt32(truncatingIfNeeded: group.key.number)
    let name = "pipe:[\(pipe)]"
    if let given = restore.inherited(name) ?? restore.inherited("pipe[\(pipe)]") {
      return try made(group, name) { _ in given }
    }
    let ends = try makePipe()
    let (read, write) = (BorrowedFD(ends.read), BorrowedFD(ends.write))
    defer {
      read.close()
      write.close()
    }
    try restore.plan.states[Contents.self].fill(pipe, through: write, name)
    return try made(group, name) { $0 == FileFlags.writeOnly ? write : read }
  }

  /// Every entry is an open file description of its own. The first of each end takes the one that is there; others
  /// open it again, as its program did.
  private static func made(
    _ group: FileGroup, _ name: String, _ end: (UInt32) -> BorrowedFD
  ) throws(Failure) -> [MadeFile] {
    var taken: Set<BorrowedFD> = []
    var made: [MadeFile] = []
    for entry in group.entries {
      let record = try entry.require(entry.pipe, "pipe")
      let flags = record.flags
      let mode = flags & FileFlags.accessMode
      let file = end(mode)
      let now = UInt32(bitPattern: try file.flags(name))
      let fits = now & FileFlags.accessMode == mode && now & FileFlags.largeFile == flags & FileFlags.largeFile
      if fits, taken.insert(file).inserted {
        let copy = try file.duplicate(from: 0, name)
        try BorrowedFD(copy).setFlags(Int32(bitPattern: flags & ~FileFlags.signalDriven), name)
        made.append(MadeFile(key: entry.key, descriptor: copy))
      } else {
        made.append(MadeFile(key: entry.key, descriptor: try file.reopened(flags: flags, name)))
      }
      if record.packets == true { try BorrowedFD(made.last!.descriptor).setPackets(true, name) }
    }
    return made
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.pipe, "pipe")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
