internal import Images
internal import Linux
internal import Streams

/// The shared memory objects that the tasks of a dump map or have open, each stored once: memfds, and shared anonymous
/// memory, which images know as memfds too.
final class SharedMemory {
  /// One object. It is not kept open: its link leads to it as long as its task is frozen.
  struct Object {
    var record: MemfdInodeEntry
    var place: Place
    /// In files.img, once a mapping asked for it.
    var fileID: UInt32?
  }

  /// Where its contents are found.
  enum Place {
    /// A link of /proc.
    case link(String)
    /// For want of a link that we may follow.
    case mappings(MappedContents)
  }

  struct Key: Hashable {
    let major, minor: UInt32
    let inode: UInt64
  }

  /// Segments of shmget(2) that are dumped without their namespace.
  let segments = SysVSegments()

  private let devices: MemoryDevices
  private var objects: [Object] = []
  private var indices: [Key: Int] = [:]

  init(devices: MemoryDevices) { self.devices = devices }

  /// For memfd.img, in the order in which they were met.
  var records: [MemfdInodeEntry] { objects.map(\.record) }

  /// The inode_id of an open memfd.
  ///
  /// - Parameter path: A link of /proc that leads to it until the tasks run again: /proc/PID/fd/N.
  /// - Returns: `nil` for a file that is none.
  func inodeID(of path: String) throws(Failure) -> UInt32? {
    let object = try SharedMemoryFile.open(path)
    let status = try object.status()
    guard devices.hugePageFlags(deviceMajor: status.deviceMajor, deviceMinor: status.deviceMinor) != nil else {
      return nil
    }
    return UInt32(objects[try index(of: object, status, path: path)].record.inodeId)
  }

  /// The id of the memfd record in files.img of a mapped object.
  func fileID(
    of mapping: Mapping, link: MapFilesLink, in task: FrozenTask, files: any MappedFiles
  ) throws(Failure) -> UInt32 {
    let key = Key(
      major: mapping.entry.deviceMajor, minor: mapping.entry.deviceMinor, inode: mapping.entry.inode)
    let index: Int
    if !MapFilesLink.canBeFollowed {
      index = try self.index(of: mapping, key, link: link, in: task)
    } else if let known = indices[key] {
      index = known
    } else {
      let object = try SharedMemoryFile.open(link.description)
      index = try self.index(of: object, object.status(), path: link.description)
    }
    if let id = objects[index].fileID { return id }
    let inodeID = UInt32(objects[index].record.inodeId)
    let id = try files.memfdID(MemfdFileEntry { $0.inodeId = inodeID })
    objects[index].fileID = id
    return id
  }

  private func index(
    of object: SharedMemoryFile, _ status: SharedMemoryFile.Status, path: String
  ) throws(Failure) -> Int {
    let key = Key(major: status.deviceMajor, minor: status.deviceMinor, inode: status.inode)
    if let known = indices[key] {
      // A link that leads to it tells more than mappings.
      if case .mappings = objects[known].place {
        objects[known].record = try record(of: object, status, path: path, id: objects[known].record.inodeId)
        objects[known].place = .link(path)
      }
      return known
    }
    return add(
      try record(of: object, status, path: path, id: UInt64(objects.count + 1)), .link(path), key)
  }

  private func add(_ record: MemfdInodeEntry, _ place: Place, _ key: Key) -> Int {
    objects.append(Object(record: record, place: place))
    indices[key] = objects.count - 1
    return objects.count - 1
  }

  private func record(
    of object: SharedMemoryFile, _ status: SharedMemoryFile.Status, path: String, id: UInt64
  ) throws(Failure) -> MemfdInodeEntry {
    let seals = try object.seals()
    let name = SharedMemory.name(ofLink: try readLink(path))
    let hugePageFlags = devices.hugePageFlags(deviceMajor: status.deviceMajor, deviceMinor: status.deviceMinor)
    return MemfdInodeEntry {
      $0.name = name
      $0.uid = status.uid
      $0.gid = status.gid
      $0.size = status.byteCount
      $0.shmid = UInt32(truncatingIfNeeded: status.inode)
      $0.seals = seals
      $0.inodeId = id
      if let flags = hugePageFlags, flags != 0 { $0.hugetlbFlag = flags }
      $0.mode = status.mode
    }
  }

  // MARK: Without links

  /// What is known of an object by its mappings, of which this may be one more.
  private func index(
    of mapping: Mapping, _ key: Key, link: MapFilesLink, in task: FrozenTask
  ) throws(Failure) -> Int {
    let known = indices[key]
    let index =
      if let known { known } else { add(try record(of: mapping, link: link, in: task), .mappings(MappedContents(of: task)), key) }
    if case .mappings(var contents) = objects[index].place {
      try contents.add(mapping, of: task)
      objects[index].record.size = contents.byteCount
      objects[index].place = .mappings(contents)
    }
    return index
  }

  /// As the kernel makes shared anonymous memory.
  private func record(of mapping: Mapping, link: MapFilesLink, in task: FrozenTask) throws(Failure) -> MemfdInodeEntry {
    let sealSeal: UInt32 = 1
    let name = SharedMemory.name(ofLink: "\(try link.target())")
    let status = task.threads[0].status
    let hugePageFlags = devices.hugePageFlags(
      deviceMajor: mapping.entry.deviceMajor, deviceMinor: mapping.entry.deviceMinor)
    return MemfdInodeEntry {
      $0.name = name
      $0.uid = status.userIDs[3]
      $0.gid = status.groupIDs[3]
      $0.shmid = UInt32(truncatingIfNeeded: mapping.entry.inode)
      $0.seals = sealSeal
      $0.inodeId = UInt64(objects.count + 1)
      if let flags = hugePageFlags, flags != 0 { $0.hugetlbFlag = flags }
      $0.mode = 0o100777
    }
  }

  /// Once all tasks were seen, which are still frozen.
  ///
  /// - Throws: `EPERM` the size and the seals of a memfd are not known, `EBUSY` as `SysVSegments.conclude`.
  func conclude() throws(Failure) {
    for object in objects {
      guard case .mappings(let contents) = object.place, !SharedMemory.anonymousNames.contains(object.record.name) else { continue }
      throw Failure(
        "dump the memfd", "\"\(object.record.name)\", which \(contents.subject) has mapped, but which no task of the tree has open",
        .notPermitted,
        remedy: "\(MapFilesLink.remedy) Or have the program keep its descriptor.")
    }
    try segments.conclude()
  }

  /// Of shared anonymous memory, as the kernel calls it.
  private static let anonymousNames = ["/dev/zero", "/anon_hugepage"]

  /// "/memfd:name (deleted)" is "name"; shared anonymous memory keeps the name that the kernel gives it, "/dev/zero".
  static func name(ofLink text: String) -> String {
    var name = Substring(text)
    if name.hasSuffix(" (deleted)") { name = name.dropLast(" (deleted)".count) }
    if name.hasPrefix("/memfd:") { name = name.dropFirst("/memfd:".count) }
    return String(name)
  }

  /// Pages of an object that were copied, to be written later.
  struct Held {
    let id: UInt64
    let runs: [PageRun]
    let bytes: UnsafeMutableRawBufferPointer
    /// Keeps `bytes`.
    let room: HeldPages.Room
  }

  private var held: [Held] = []

  /// Writes the pages of all objects. The tasks are still frozen.
  ///
  /// - Parameter room: For pages that are copied only: `dumpHeldPages` writes them.
  func dumpPages(
    into sink: any ImageSink, holdingIn room: HeldPages.Room? = nil, statistics: inout MemoryStatistics
  ) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: pageSize)
    defer { buffer.deallocate() }
    for object in objects {
      let contents: any SharedContents =
        switch object.place {
        case .link(let path): try SharedMemoryFile.open(path)
        case .mappings(let contents): contents
        }
      try dump(
        contents, byteCount: object.record.size, id: UInt64(object.record.shmid), into: sink,
        through: buffer, holdingIn: room, statistics: &statistics)
    }
    for segment in try segments.objects() {
      try dump(
        segment.file, byteCount: segment.byteCount, id: segment.id, into: sink, through: buffer, holdingIn: room,
        statistics: &statistics)
    }
  }

  /// Writes what `dumpPages` has copied. The tasks may run.
  func dumpHeldPages(into sink: any ImageSink) throws(Failure) {
    for object in held {
      let pages = try sink.openPages(.shared(object.id))
      try pages.announce(object.runs)
      if !object.runs.isEmpty { try pages.write(object.runs[...], object.bytes.bytes) }
      try pages.finish()
    }
    held = []
  }

  private func dump(
    _ file: any SharedContents, byteCount: UInt64, id: UInt64, into sink: any ImageSink,
    through buffer: UnsafeMutableRawBufferPointer, holdingIn room: HeldPages.Room?, statistics: inout MemoryStatistics
  ) throws(Failure) {
    statistics.sharedPagesScanned += (byteCount + UInt64(pageSize) - 1) / UInt64(pageSize)
    let runs = try file.runs()
    statistics.sharedPagesWritten += UInt64(runs.reduce(0) { $0 + $1.pageCount })
    if let room, let bytes = room.take(pageCount: runs.reduce(0) { $0 + $1.pageCount }) {
      var filled = 0
      for run in runs {
        try SharedMemory.read(run, of: file, through: buffer) { (part) throws(Failure) in
          UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]).copyMemory(from: UnsafeRawBufferPointer(part))
          filled += part.count
        }
      }
      held.append(Held(id: id, runs: runs, bytes: bytes, room: room))
      return
    }
    let pages = try sink.openPages(.shared(id))
    try pages.announce(runs)
    for run in runs {
      try pages.begin(run)
      try SharedMemory.read(run, of: file, through: buffer) { (part) throws(Failure) in try pages.write(part.bytes) }
    }
    try pages.finish()
  }

  private static func read(
    _ run: PageRun, of file: any SharedContents, through buffer: UnsafeMutableRawBufferPointer,
    _ take: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    var address = run.address
    while address < run.end {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, Int(run.end - address))])
      try file.read(at: address, into: part)
      try take(UnsafeRawBufferPointer(part))
      address += UInt64(part.count)
    }
  }
}
