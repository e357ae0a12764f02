internal import Images
internal import Linux

/// Watches of inodes (inotify(7)). Events that wait to be read are not saved; watches are added when all else of the
/// tree is there, and what the restore itself caused is read away at its end.
enum Inotify: FileKind {
  static var type: FdTypes { .inotify }

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    guard descriptor.status.format == .none else { return false }
    return try descriptor.link() == "anon_inode:inotify"
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    if try descriptor.asked.readableByteCount(descriptor.subject) > 0 {
      dump.log.warning("\(descriptor.subject): events of inotify that wait to be read are lost")
    }
    let owner = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    let watches = try watches(descriptor.info(), descriptor.subject) { (line) throws(Failure) in
      try dump.states[WatchedInodes.self].entry(for: line, of: descriptor, in: dump)
    }
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.ify = InotifyFileEntry {
        $0.id = id
        $0.flags = descriptor.flags
        $0.fown = owner
        $0.wd = watches
      }
    }
  }

  static func watches(
    _ info: FDInfo, _ subject: String, handle: (WatchLine) throws(Failure) -> FhEntry
  ) throws(Failure) -> [InotifyWdEntry] {
    var watches: [InotifyWdEntry] = []
    for text in info.values(of: "inotify ") {
      let line = WatchLine(text)
      guard let number = line["wd"], let inode = line["ino"], let device = line["sdev"], let mask = line["mask"] else {
        throw info.unreadable("inotify", subject)
      }
      let handle = try handle(line)
      watches.append(
        InotifyWdEntry {
          $0.wd = UInt32(truncatingIfNeeded: number)
          $0.iIno = inode
          $0.sDev = UInt32(truncatingIfNeeded: device)
          $0.mask = UInt32(truncatingIfNeeded: mask)
          $0.ignoredMask = UInt32(truncatingIfNeeded: line["ignored_mask"] ?? 0)
          $0.fHandle = handle
        })
    }
    return watches
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    _ = try entry.require(entry.ify, "ify")
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.ify, "ify")
      let file = try makeInotify()
      try file.borrowed().restoreStatusFlags(record.flags, of: entry.key)
      return file
    }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.ify, "ify")
    for watch in record.wd.sorted(by: { $0.wd < $1.wd }) {
      let subject = "\(entry.key), watch \(watch.wd)"
      let target = try restore.plan.states[WatchedInodes.self].open(
        watch.fHandle, device: watch.sDev, inode: watch.iIno, in: restore.plan, subject)
      try BorrowedFD(number).watch(
        WatchedInodes.magicLink(target.borrowed()), mask: watch.mask & InotifyMask.settable,
        number: Int32(bitPattern: watch.wd), subject)
    }
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
