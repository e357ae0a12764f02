internal import Images
internal import Linux
internal import Streams

/// The shared memory of a tree, made and filled once by the engine before the root is cloned; every task inherits the
/// descriptors.
final class RestoredSharedMemory {
  private struct Object {
    let file: SharedMemoryFile
    let seals: UInt32
  }

  let segments = RestoredSegments()

  /// By inode_id of memfd.img.
  private var objects: [UInt64: Object] = [:]
  /// Of shared anonymous mappings that only their number tells, by it.
  private var anonymous: [UInt64: SharedMemoryFile] = [:]
  /// inode_id, by the id of the record in files.img.
  private var inodes: [UInt64: UInt64] = [:]

  /// - Parameters:
  ///   - records: Of memfd.img.
  ///   - files: Of files.img; only those of memfds matter.
  ///   - tasks: The memory of all tasks.
  /// - Throws: What an image lacks, and what the kernel has not: huge pages, descriptors, memory.
  static func make(
    records: [MemfdInodeEntry], files: [FileEntry], tasks: [MmEntry], from source: any ImageSource
  ) throws(Failure) -> RestoredSharedMemory {
    let memory = RestoredSharedMemory()
    for file in files {
      if let memfd = file.memfd { memory.inodes[UInt64(memfd.id)] = UInt64(memfd.inodeId) }
    }
    for record in records {
      try during("restoring the memfd \"\(record.name)\"") { () throws(Failure) in
        memory.objects[record.inodeId] = try make(record, from: source)
      }
    }
    for (id, byteCount) in anonymousSizes(in: tasks) {
      let file = try SharedMemoryFile.create(name: "/dev/zero")
      try file.setByteCount(byteCount)
      try fill(file, byteCount: byteCount, id: id, from: source)
      memory.anonymous[id] = file
    }
    return memory
  }

  private static func make(
    _ record: MemfdInodeEntry, from source: any ImageSource
  ) throws(Failure) -> Object {
    let file = try SharedMemoryFile.create(name: record.name, hugePageFlags: record.hugetlbFlag ?? 0)
    try file.setByteCount(record.size)
    try fill(file, byteCount: record.size, id: UInt64(record.shmid), from: source)
    try file.setOwner(uid: record.uid, gid: record.gid)
    if let mode = record.mode { try file.setMode(mode) }
    return Object(file: file, seals: record.seals)
  }

  private static func fill(
    _ file: SharedMemoryFile, byteCount: UInt64, id: UInt64, from source: any ImageSource
  ) throws(Failure) {
    guard byteCount > 0 else { return }
    let mapped = try file.map(at: 0, byteCount: Int(byteCount + UInt64(pageSize) - 1) / pageSize * pageSize)
    defer { unmap(mapped.baseAddress!, byteCount: mapped.count) }
    try fill(mapped, id: id, from: source)
  }

  /// Reads the pages of a shared object into memory that is a mapping of it.
  static func fill(
    _ mapped: UnsafeMutableRawBufferPointer, id: UInt64, from source: any ImageSource
  ) throws(Failure) {
    guard let pages = try source.openPages(.shared(id)) else { return }
    let filler = PageFiller(pages: pages)
    while let run = try pages.next() {
      guard run.end <= mapped.count else {
        throw Failure(
          "fill shared memory", "pages of \(PagesID.shared(id).pagemapName) behind its end", .badMessage,
          remedy: "The image is damaged: restore from another copy of the set.")
      }
      guard run.flags.contains(.present) else { throw TaskMemoryRestore.notPresent(run, .shared(id)) }
      try filler.read(UInt64(UInt(bitPattern: mapped.baseAddress)) + run.address, byteCount: run.byteCount)
      try filler.flush()
    }
    try filler.finish()
  }

  private static func anonymousSizes(in tasks: [MmEntry]) -> [UInt64: UInt64] {
    var sizes: [UInt64: UInt64] = [:]
    for entry in tasks.flatMap(\.vmas) where RestoredMapping(entry).kind == .sharedAnonymous {
      sizes[entry.shmid] = max(sizes[entry.shmid] ?? 0, entry.pgoff + entry.end - entry.start)
    }
    return sizes
  }

  // MARK: For mappings and descriptors

  /// All descriptors that are open here, so that a task keeps them as long as it needs them.
  var descriptors: [CInt] {
    (objects.values.map(\.file) + Array(anonymous.values)).map { $0.descriptor.withRaw { $0 } }
  }

  /// Open for reading and writing; owned by this object.
  ///
  /// - Parameter inodeID: Of memfd.img.
  func descriptor(ofInode inodeID: UInt64) throws(Failure) -> CInt {
    guard let object = objects[inodeID] else { throw missing("memfd.img has no record \(inodeID)") }
    return object.file.descriptor.withRaw { $0 }
  }

  func descriptor(ofFile id: UInt64) throws(Failure) -> CInt {
    guard let inodeID = inodes[id] else { throw missing("files.img has no memfd \(id)") }
    return try descriptor(ofInode: inodeID)
  }

  func descriptor(ofAnonymous id: UInt64) throws(Failure) -> CInt {
    guard let file = anonymous[id] else { throw missing("no task maps the object \(id)") }
    return file.descriptor.withRaw { $0 }
  }

  func openReadOnly(file id: UInt64) throws(Failure) -> OwnedFD {
    let raw = try descriptor(ofFile: id)
    return OwnedFD(
      adopting: CInt(
        try check("open the shared memory", "memfd \(id) of files.img", remedy: "Check that /proc is mounted.") {
          File.open("/proc/self/fd/\(raw)", .readOnly)
        }))
  }

  /// Seals the memfds as they were: once every task has its mappings, of which a seal may forbid new ones.
  func seal() throws(Failure) {
    for object in objects.values where object.seals != 0 { try object.file.addSeals(object.seals) }
  }

  private func missing(_ what: String) -> Failure {
    Failure(
      "map shared memory", what, .badMessage, remedy: "The set is not whole: restore from another copy of it.")
  }
}
