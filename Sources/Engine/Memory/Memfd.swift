internal import Images
internal import Linux
internal import Streams

/// An open memfd (memfd_create(2)), or shared anonymous memory that is open through /proc. What is behind it, and its
/// contents, are `SharedMemory`'s and `RestoredSharedMemory`'s, since mappings lead there too.
enum Memfd: FileKind {
  static var type: FdTypes { .memfd }

  /// The shared memory of the dump, set by whoever runs it.
  final class DumpState: KindState {
    var sharedMemory: SharedMemory?
  }

  /// The shared memory of the restore, set once the engine has made it.
  final class RestoreState: KindState {
    var sharedMemory: RestoredSharedMemory?
    /// Of memfd.img, which is read once.
    fileprivate(set) var records: [MemfdInodeEntry] = []
  }

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    // It never had a name in a directory.
    guard descriptor.status.format == .regular, descriptor.status.linkCount == 0 else { return false }
    let link = try descriptor.link().description
    guard link.hasPrefix("/memfd:") || link == "/dev/zero (deleted)" else { return false }
    let device = descriptor.status.device
    return try MemoryDevices.probe().hugePageFlags(deviceMajor: device.major, deviceMinor: device.minor) != nil
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    guard let sharedMemory = dump.states[DumpState.self].sharedMemory,
      let inodeID = try sharedMemory.inodeID(of: descriptor.magicLink.description)
    else {
      throw Failure(
        "dump the memfd", descriptor.subject, .notSupported, remedy: "This is a defect of this program: keep the log.")
    }
    let position = try descriptor.asked.position(descriptor.subject)
    let owner = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.memfd = MemfdFileEntry {
        $0.id = id
        $0.flags = descriptor.flags
        $0.pos = position
        $0.fown = owner
        $0.inodeId = inodeID
      }
    }
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    _ = try entry.require(entry.memfd, "memfd")
  }

  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    plan.states[RestoreState.self].records = try source.records(of: MemfdInodeEntry.self, in: .memfd) ?? []
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.memfd, "memfd")
      let state = restore.plan.states[RestoreState.self]
      // --inherit-fd 'fd[N]:/memfd:NAME'
      let name = state.records.first { $0.inodeId == UInt64(record.inodeId) }?.name
      if let name, let given = restore.inherited("/memfd:\(name)") {
        return OwnedFD(adopting: try given.duplicate(from: 0, "/memfd:\(name)"))
      }
      guard let sharedMemory = state.sharedMemory else {
        throw Failure(
          "open the memfd", "\(entry.key)", .badDescriptor,
          remedy: "This is a defect of this program: keep the images and the log.")
      }
      let object = restore.number(ofKept: try sharedMemory.descriptor(ofInode: UInt64(record.inodeId)))
      let file = try open(record, object: object, in: restore)
      try file.borrowed().seek(to: record.pos, "\(entry.key)")
      return file
    }
  }

  /// Only the file that memfd_create(2) gave can be written and executed, so it goes to the first record that may have
  /// been it; others are new open files of the same memory.
  private static func open(
    _ record: MemfdFileEntry, object: CInt, in restore: FileRestore
  ) throws(Failure) -> OwnedFD {
    let key = FileKey(type: type, id: record.id)
    guard isOriginal(record, in: restore.plan) else {
      return try FilePath("/proc/self/fd/\(object)").open(
        flags: Int32(bitPattern: record.flags), remedy: "See that /proc is mounted.")
    }
    let file = OwnedFD(adopting: try BorrowedFD(object).duplicate(from: 0, "\(key)"))
    try file.borrowed().restoreStatusFlags(record.flags, of: key)
    return file
  }

  private static func isOriginal(_ record: MemfdFileEntry, in plan: FilePlan) -> Bool {
    func mayBe(_ other: MemfdFileEntry) -> Bool { other.inodeId == record.inodeId && other.flags & 3 == 2 }
    guard mayBe(record) else { return false }
    return !plan.records(of: .memfd).contains { entry in
      guard let other = entry.memfd, other.id < record.id, plan.owners[entry.key] != nil else { return false }
      return mayBe(other)
    }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.memfd, "memfd")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
