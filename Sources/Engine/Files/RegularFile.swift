internal import Images
internal import Linux
internal import Streams

/// Files with a path: regular ones, directories, device nodes without a state of their own, and whatever was opened by
/// O_PATH.
enum RegularFile: FileKind {
  static var type: FdTypes { .reg }

  /// Memory devices that have no state: null, zero, full, random, urandom (linux/major.h).
  private static let statelessMinors: Set<UInt32> = [3, 5, 7, 8, 9]
  private static let memoryMajor: UInt32 = 1

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) -> Bool {
    switch descriptor.status.format {
    case .regular, .directory, .symbolicLink: true
    case .characterDevice:
      descriptor.status.deviceNode.major == memoryMajor
        && statelessMinors.contains(descriptor.status.deviceNode.minor)
    default: descriptor.flags & FileFlags.pathOnly != 0
    }
  }

  static func canWait(_ descriptor: Descriptor, in dump: FileDump) throws(Failure) -> Bool {
    guard descriptor.status.format == .regular, descriptor.asked.known(.position) != nil,
      dump.options.external.isEmpty, try FileName.isForeseen(of: descriptor, in: dump)
    else { return false }
    return isAppendOnly(descriptor.flags) || dump.states[KnownFiles.self].knowsBuildID(of: descriptor)
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let status = descriptor.status
    let position = descriptor.number == nil ? 0 : try descriptor.asked.position(descriptor.subject)
    let owner = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    var record = RegFileEntry {
      $0.id = id
      $0.flags = descriptor.flags
      $0.pos = position
      $0.fown = owner
    }
    if let key = externalKey(of: descriptor, in: dump) {
      record.ext = true
      record.name = key
    } else {
      record.name = String(lossless: try FileName.find(of: descriptor, id: id, in: dump).bytes)
      record.mode = status.mode
      if status.format == .regular, !isAppendOnly(descriptor.flags) {
        record.size = status.byteCount
        record.buildId = try dump.states[KnownFiles.self].buildID(of: descriptor)
      }
    }
    return FileEntry {
      $0.type = .reg
      $0.id = id
      $0.reg = record
    }
  }

  /// What is only written at its end may have grown by others, so its size is not checked.
  private static func isAppendOnly(_ flags: UInt32) -> Bool {
    flags & FileFlags.accessMode == FileFlags.writeOnly && flags & FileFlags.append != 0
  }

  /// "file[<mnt_id hex>:<inode hex>]", when the user named the file by --external.
  private static func externalKey(of descriptor: Descriptor, in dump: FileDump) -> String? {
    guard !dump.options.external.isEmpty, let mountID = descriptor.status.mountID else { return nil }
    let id = "\(String(mountID, radix: 16)):\(String(descriptor.status.inode, radix: 16))"
    return dump.options.external.first { $0.kind == .file && $0.id == id }?.key
  }

  static func writeBlobs(of dump: FileDump, to sink: any ImageSink) throws(Failure) {
    try dump.states[GhostDump.self].write(to: sink)
  }

  // MARK: Restore

  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    try plan.states[GhostPlan.self].load(from: source, plan: plan)
  }

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.reg, "reg")
    guard record.ext == true else {
      guard record.name.utf8.first == UInt8(ascii: "/") else {
        throw Failure(
          "use the path", "\(entry.key): \"\(record.name)\"", .badMessage,
          remedy: "The image is damaged: restore from another copy of the set.")
      }
      return
    }
    guard plan.options.inherited.contains(where: { $0.resource == record.name }) else {
      throw Failure(
        "find the external file", record.name, .noEntry, remedy: "Give it with --inherit-fd 'fd[N]:\(record.name)'.")
    }
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    var made: [MadeFile] = []
    for entry in group.entries {
      let record = try entry.require(entry.reg, "reg")
      let file = try open(record, in: restore)
      if record.pos != 0, record.flags & FileFlags.pathOnly == 0 {
        try file.borrowed().seek(to: record.pos, record.name)
      }
      made.append(MadeFile(key: entry.key, descriptor: file.release()))
    }
    return made
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.reg, "reg")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }

  /// Open flags of the moment of opening, which a file that is there must not be opened with again.
  private static let momentary =
    FileFlags.create | FileFlags.exclusive | FileFlags.truncate | FileFlags.noControllingTerminal
    | FileFlags.signalDriven

  /// Opens the file of a record, with its own flags or with others.
  static func open(
    _ record: RegFileEntry, flags: UInt32? = nil, in restore: FileRestore
  ) throws(Failure) -> OwnedFD {
    if record.ext == true {
      guard let file = restore.inherited(record.name) else {
        throw Failure(
          "find the external file", record.name, .noEntry, remedy: "Give it with --inherit-fd 'fd[N]:\(record.name)'.")
      }
      return OwnedFD(adopting: try file.duplicate(from: 0, record.name))
    }
    var flags = (flags ?? record.flags) & ~momentary
    if flags & FileFlags.temporary != 0 { flags &= ~(FileFlags.temporary | FileFlags.directory) }
    let path = restore.plan.path(of: record)
    let file = try path.open(
      flags: Int32(bitPattern: flags),
      remedy: "Put the file back as it was at the dump, or restore where its file system is mounted.")
    try validate(file.borrowed(), as: record, flags: flags, in: restore)
    return file
  }

  // MARK: Validation

  /// Whether the file is the one that was dumped, as far as size, permissions and build id tell.
  ///
  /// - Parameter flags: It was opened with.
  private static func validate(
    _ file: BorrowedFD, as record: RegFileEntry, flags: UInt32, in restore: FileRestore
  ) throws(Failure) {
    let plan = restore.plan
    let status = try file.status(record.name)
    if let size = record.size, status.byteCount != size {
      throw Failure(
        "accept the file", "\(record.name): \(status.byteCount) bytes, but \(size) at the dump", .badMessage,
        remedy: "Put back the file that was there at the dump.")
    }
    if let mode = record.mode {
      guard InodeFormat(mode: mode) == status.format else {
        throw Failure(
          "accept the file", "\(record.name): it is a \(status.format), but was a \(InodeFormat(mode: mode))",
          .badMessage, remedy: "Put back the file that was there at the dump.")
      }
      guard plan.options.skipsFileModeCheck || mode & 0o777 == status.mode & 0o777 else {
        throw Failure(
          "accept the file",
          "\(record.name): mode \(String(status.mode & 0o777, radix: 8)), but \(String(mode & 0o777, radix: 8)) "
            + "at the dump", .badMessage,
          remedy: "Put the permissions back, or give --skip-file-rwx-check.")
      }
    }
    guard plan.options.fileValidation == .buildID, !record.buildId.isEmpty else { return }
    let found = try restore.buildID(of: file, status, flags: flags, record.name)
    guard found.isEmpty || found == record.buildId else {
      throw Failure(
        "accept the file", "\(record.name): its build id is another one than at the dump", .badMessage,
        remedy: "Put back the program or library that was there, or give --file-validation filesize.")
    }
  }
}

extension FileEntry {
  /// The message that belongs to the type.
  ///
  /// - Throws: `EBADMSG` when it is absent.
  func require<M>(_ message: M?, _ name: String) throws(Failure) -> M {
    guard let message else {
      throw Failure(
        "read the record", "\(key), which has no \(name)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    return message
  }
}
