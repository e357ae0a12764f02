internal import Images
internal import Linux
internal import Streams

/// Segments of System V shared memory that tasks have attached, where their IPC namespace is not dumped with them: the
/// host's, in which a segment outlives its users. Only such are stored that nobody else has attached.
final class SysVSegments {
  private struct Attached {
    /// Of one of its mappings: a link of /proc.
    let path: String
    let hugePageFlags: UInt32
    var mappingCount: UInt64 = 0
  }

  private var attached: [Int32: Attached] = [:]
  private var order: [Int32] = []
  private(set) var records: [IpcShmEntry] = []

  // MARK: Dump

  /// Notes a mapping.
  ///
  /// - Returns: What its record calls the segment.
  func add(_ mapping: Mapping, link: MapFilesLink) -> UInt64 {
    let id = Int32(truncatingIfNeeded: mapping.entry.inode)
    if attached[id] == nil {
      let hugetlb: UInt32 = 0o4000
      let flags = mapping.entry.flags.contains(.hugetlb)
        ? hugetlb | UInt32(mapping.entry.pageByteCount.trailingZeroBitCount) << 26 : 0
      attached[id] = Attached(path: link.description, hugePageFlags: flags)
      order.append(id)
    }
    attached[id]!.mappingCount += 1
    return UInt64(UInt32(bitPattern: id))
  }

  /// Once all tasks were seen, which are still frozen.
  ///
  /// - Throws: `EBUSY` somebody else has a segment attached.
  func conclude() throws(Failure) {
    for id in order {
      let segment = attached[id]!
      let status = try SharedSegment(id: id).status()
      guard status.attachCount <= segment.mappingCount else {
        throw Failure(
          "dump the shared memory segment", "\(id), which processes outside of the tree have attached too", .busy,
          remedy: "Dump them together, or run them in an IPC namespace of their own. See ipcs -m -p -i \(id).")
      }
      records.append(SysVSegments.record(id: id, status, hugePageFlags: segment.hugePageFlags))
    }
  }

  private static func record(id: Int32, _ status: SharedSegment.Status, hugePageFlags: UInt32) -> IpcShmEntry {
    IpcShmEntry {
      $0.desc = IpcDescEntry {
        $0.key = status.key
        $0.uid = status.uid
        $0.gid = status.gid
        $0.cuid = status.creatorUID
        $0.cgid = status.creatorGID
        $0.mode = status.mode
        $0.id = UInt32(bitPattern: id)
      }
      $0.size = status.byteCount
      $0.inPagemaps = true
      if hugePageFlags != 0 { $0.hugetlbFlag = hugePageFlags }
    }
  }

  /// The objects behind them, with the number that their pages are stored under.
  func objects() throws(Failure) -> [(id: UInt64, byteCount: UInt64, file: any SharedContents)] {
    var objects: [(id: UInt64, byteCount: UInt64, file: any SharedContents)] = []
    for record in records {
      let id = Int32(bitPattern: record.desc.id)
      let file: any SharedContents =
        MapFilesLink.canBeFollowed
        ? try SharedMemoryFile.open(attached[id]!.path)
        : try AttachedContents(SharedSegment(id: id), byteCount: record.size)
      objects.append((UInt64(record.desc.id), record.size, file))
    }
    return objects
  }
}

/// The segments of a restore, in our IPC namespace.
final class RestoredSegments {
  private var segments: [UInt64: IpcShmEntry] = [:]
  private var entries: [Int] = []

  /// Makes those that the tasks' mappings name, and fills them.
  ///
  /// One that the dump left behind, since a segment outlives its users, is made anew.
  ///
  /// - Parameter records: Of ipcns-shm-N.img.
  /// - Throws: `EEXIST` a number or a key is taken, `EBADMSG` there is no record of a segment.
  func make(
    records: [IpcShmEntry], tasks: [MmEntry], from source: any ImageSource, journal: any Journal
  ) throws(Failure) {
    let wanted = Set(tasks.flatMap(\.vmas).filter { RestoredMapping($0).kind == .sysV }.map(\.shmid))
    for id in wanted.sorted() {
      guard let record = records.first(where: { UInt64($0.desc.id) == id }) else {
        throw Failure(
          "restore the shared memory segment", "\(id), of which ipcns-shm.img has no record", .badMessage,
          remedy: "The set is not whole: restore from another copy of it.")
      }
      try during("restoring the shared memory segment \(id)") { () throws(Failure) in
        try make(record, from: source, journal: journal)
      }
      segments[id] = record
    }
  }

  private func make(
    _ record: IpcShmEntry, from source: any ImageSource, journal: any Journal
  ) throws(Failure) {
    let segment = SharedSegment(id: Int32(bitPattern: record.desc.id))
    if let status = segment.existing() {
      guard isLeftover(status, of: record) else {
        throw Failure(
          "make the shared memory segment", "\(segment.id)", .exists,
          remedy: "Another one has its number, or somebody has attached it: see ipcs -m -p -i \(segment.id).")
      }
      try segment.remove()
    }
    let isRemoved = record.desc.mode & SharedSegment.Status.isRemoved != 0
    let key = isRemoved ? 0 : record.desc.key
    entries.append(try journal.enter(.segmentMade(id: segment.id, key: key)))
    _ = try SharedSegment.make(
      id: segment.id, key: key, byteCount: record.size, flags: record.desc.mode & 0o777 | (record.hugetlbFlag ?? 0))
    try segment.setOwner(uid: record.desc.uid, gid: record.desc.gid, mode: record.desc.mode)
    try fill(segment, record, from: source)
  }

  private func isLeftover(_ status: SharedSegment.Status, of record: IpcShmEntry) -> Bool {
    status.attachCount == 0 && status.key == record.desc.key && status.byteCount == record.size
      && status.creatorUID == record.desc.cuid
  }

  private func fill(_ segment: SharedSegment, _ record: IpcShmEntry, from source: any ImageSource) throws(Failure) {
    let byteCount = wholePages(record)
    let memory = try mapAnonymous(byteCount: byteCount, sharing: .copyOnWrite)
    defer { unmap(memory, byteCount: byteCount) }
    try segment.attach(at: UInt64(UInt(bitPattern: memory)), readOnly: false, executable: false)
    let bytes = UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    try RestoredSharedMemory.fill(bytes, id: UInt64(record.desc.id), from: source)
  }

  private func wholePages(_ record: IpcShmEntry) -> Int { (Int(record.size) + pageSize - 1) / pageSize * pageSize }

  // MARK: Mappings

  /// How many bytes of addresses `attach` fills.
  func byteCount(of id: UInt64) throws(Failure) -> Int {
    guard let record = segments[id] else {
      throw Failure(
        "attach a shared memory segment", "\(id)", .badMessage, remedy: "The set is not whole: restore from another copy of it.")
    }
    return wholePages(record)
  }

  /// Attaches the segment of a mapping, whole.
  func attach(_ entry: VmaEntry, at address: UInt64) throws(Failure) {
    try SharedSegment(id: Int32(truncatingIfNeeded: entry.shmid)).attach(
      at: address, readOnly: entry.fdflags == 0, executable: entry.prot & 4 != 0)
  }

  /// Once every task has its mappings: removes again what was removed, and keeps the others.
  func settle(journal: any Journal) throws(Failure) {
    for record in segments.values where record.desc.mode & SharedSegment.Status.isRemoved != 0 {
      try SharedSegment(id: Int32(bitPattern: record.desc.id)).remove()
    }
    for entry in entries { journal.strike(entry) }
    entries = []
  }
}
