internal import Images
internal import Linux

/// Marks on inodes and mounts (fanotify(7)). Events that wait to be read are not saved.
enum Fanotify: FileKind {
  static var type: FdTypes { .fanotify }

  /// Flags of fanotify_mark(2).
  private enum Mark {
    static let mount: UInt32 = 0x10
    static let ignoredMask: UInt32 = 0x20
    static let survivesChange: UInt32 = 0x40
    static let evictable: UInt32 = 0x200
    static let ignore: UInt32 = 0x400
  }

  /// The kernel's own flag of a group without CAP_SYS_ADMIN; fanotify_init(2) takes it from nobody.
  private static let unprivileged: UInt32 = 1 << 31
  /// FAN_OPEN_PERM, FAN_ACCESS_PERM, FAN_OPEN_EXEC_PERM, FAN_PRE_ACCESS: the kernel waits for the answer of the reader.
  private static let asking: UInt32 = 0x17_0000

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    try descriptor.isAnonymous("[fanotify]")
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    if try descriptor.asked.readableByteCount(descriptor.subject) > 0 {
      dump.log.warning("\(descriptor.subject): events of fanotify that wait to be read are lost")
    }
    let info = try descriptor.info()
    var record = FanotifyFileEntry()
    record.id = id
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    for text in info.values(of: "fanotify ") {
      let line = WatchLine(text)
      if let flags = line["flags"], let eventFlags = line["event-flags"] {
        record.faflags = UInt32(truncatingIfNeeded: flags)
        record.evflags = UInt32(truncatingIfNeeded: eventFlags)
      } else {
        record.mark.append(try mark(line, String(text), of: descriptor, in: dump))
      }
    }
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.ffy = record
    }
  }

  private static func mark(
    _ line: WatchLine, _ text: String, of descriptor: Descriptor, in dump: FileDump
  ) throws(Failure) -> FanotifyMarkEntry {
    var mark = try settings(line, text, descriptor.subject)
    let seen = dump.states[WatchedInodes.self]
    if let inode = line["ino"] {
      mark.type = .inode
      mark.sDev = UInt32(truncatingIfNeeded: line["sdev"] ?? 0)
      let handle = try seen.entry(for: line, of: descriptor, in: dump)
      mark.ie = FanotifyInodeMarkEntry {
        $0.iIno = inode
        $0.fHandle = handle
      }
      return mark
    }
    let id = Int32(truncatingIfNeeded: line["mnt_id"] ?? 0)
    guard let mount = try seen.mounts(of: descriptor.task.pid).first(where: { $0.id == id }) else {
      throw Failure(
        "dump the mark of a mount", "\(descriptor.subject): mount \(id), which the task does not see", .notSupported,
        remedy: "Have the program remove the mark before the dump.")
    }
    mark.type = .mount
    mark.sDev = mount.device.kernelForm
    mark.me = FanotifyMountMarkEntry {
      $0.mntId = UInt32(bitPattern: id)
      $0.path = String(lossless: mount.path.bytes)
    }
    return mark
  }

  /// What marks of all types have.
  ///
  /// - Throws: `EOPNOTSUPP` for marks that images cannot hold, and such as would have a restore wait for itself.
  static func settings(_ line: WatchLine, _ text: String, _ subject: String) throws(Failure) -> FanotifyMarkEntry {
    guard line["ino"] != nil || line["mnt_id"] != nil, let flags = line["mflags"], let mask = line["mask"],
      let ignored = line["ignored_mask"]
    else {
      throw Failure(
        "dump the mark", "\(subject): \(text)", .notSupported,
        remedy: "Only marks of inodes and mounts can be saved: have the program remove this one before the dump.")
    }
    guard UInt32(truncatingIfNeeded: mask) & asking == 0 else {
      throw Failure(
        "dump the mark", "\(subject): \(text), which asks the program for permission", .notSupported,
        remedy: "Have the program remove marks with FAN_*_PERM before the dump.")
    }
    return FanotifyMarkEntry {
      $0.mflags = UInt32(truncatingIfNeeded: flags)
      $0.mask = UInt32(truncatingIfNeeded: mask)
      $0.ignoredMask = UInt32(truncatingIfNeeded: ignored)
    }
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.ffy, "ffy")
    for mark in record.mark {
      if mark.type == .mount { _ = try entry.require(mark.me?.path, "path of a marked mount") }
      if mark.type == .inode { _ = try entry.require(mark.ie, "inode of a mark") }
    }
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.ffy, "ffy")
      let file = try makeFanotify(flags: record.faflags & ~unprivileged, eventFlags: record.evflags)
      try file.borrowed().setCloseOnExec(true, "\(entry.key)")
      try file.borrowed().restoreStatusFlags(record.flags, of: entry.key)
      return file
    }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.ffy, "ffy")
    // fdinfo lists the last one first.
    for mark in record.mark.reversed() { try add(mark, to: BorrowedFD(number), of: entry.key, in: restore.plan) }
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }

  private static func add(
    _ mark: FanotifyMarkEntry, to group: BorrowedFD, of key: FileKey, in plan: FilePlan
  ) throws(Failure) {
    let subject: String
    let target: OwnedFD
    if mark.type == .mount, let path = mark.me?.path {
      subject = "\(key), mount \(path)"
      target = try FilePath(path.losslessBytes).open(
        flags: Int32(FileFlags.pathOnly), remedy: "Mount what was there at the dump.")
    } else {
      let inode = mark.ie ?? FanotifyInodeMarkEntry()
      subject = "\(key), inode \(inode.iIno)"
      target = try plan.states[WatchedInodes.self].open(
        inode.fHandle, device: mark.sDev, inode: inode.iIno, in: plan, subject)
    }
    let path = WatchedInodes.magicLink(target.borrowed())
    let what = mark.type == .mount ? Mark.mount : 0
    if mark.mask != 0 {
      try group.mark(path, flags: what | mark.mflags & Mark.evictable, mask: UInt64(mark.mask), subject)
    }
    guard mark.ignoredMask != 0 else { return }
    let how = mark.mflags & Mark.ignore != 0 ? Mark.ignore : Mark.ignoredMask
    try group.mark(
      path, flags: what | how | mark.mflags & (Mark.evictable | Mark.survivesChange), mask: UInt64(mark.ignoredMask),
      subject)
  }
}
