internal import Images
internal import Linux

/// Descriptors of namespaces (/proc/PID/ns, namespaces(7)). Only those of the tree's own namespaces can be saved: a
/// restore opens them where a task has them.
enum NamespaceFile: FileKind {
  static var type: FdTypes { .ns }

  /// CLONE_NEW* of each kind (linux/sched.h).
  private static let flags: [NamespaceIDs.Kind: UInt32] = [
    .time: 0x80, .mnt: 0x20000, .cgroup: 0x200_0000, .uts: 0x400_0000, .ipc: 0x800_0000, .user: 0x1000_0000,
    .pid: 0x2000_0000, .net: 0x4000_0000,
  ]

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    guard descriptor.status.format == .regular, descriptor.status.deviceNode == DeviceNumber(major: 0, minor: 0),
      descriptor.status.byteCount == 0, descriptor.status.mode & 0o777 == 0o444
    else { return false }
    return kind(ofLink: "\(try descriptor.link())") != nil
  }

  /// "net:[4026531840]" is of kind `.net`.
  static func kind(ofLink link: String) -> NamespaceIDs.Kind? {
    guard link.hasSuffix("]"), let colon = link.firstIndex(of: ":"), link[colon...].hasPrefix(":[") else { return nil }
    return NamespaceIDs.Kind(rawValue: String(link[..<colon]))
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let link = "\(try descriptor.link())"
    guard let kind = kind(ofLink: link), let flag = flags[kind],
      let namespace = try dump.namespaceID(named: link, kind: kind)
    else {
      throw Failure(
        "dump the namespace", "\(descriptor.subject): \(link), in which no task of the tree is", .notSupported,
        remedy: "Have the program close it before the dump.")
    }
    let record = NsFileEntry {
      $0.id = id
      $0.nsId = namespace
      $0.nsCflag = flag
      $0.flags = descriptor.flags
    }
    return FileEntry {
      $0.type = .ns
      $0.id = id
      $0.nsf = record
    }
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.nsf, "nsf")
    guard let kind = flags.first(where: { $0.value == record.nsCflag })?.key else {
      throw Failure(
        "restore the namespace file", "\(entry.key), flag \(String(record.nsCflag, radix: 16))", .notSupported,
        remedy: "Restore with a criu that knows this kind of namespace.")
    }
    guard plan.holders.contains(where: { $0.ids.flatMap { namespace(kind, of: $0) } == record.nsId }) else {
      throw Failure(
        "restore the namespace file", "\(entry.key): no task is in \(kind) namespace \(record.nsId)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    var made: [MadeFile] = []
    for entry in group.entries {
      let record = try entry.require(entry.nsf, "nsf")
      guard let kind = flags.first(where: { $0.value == record.nsCflag })?.key else { continue }
      let isIn = { (holder: FileHolder) in holder.ids.flatMap { namespace(kind, of: $0) } == record.nsId }
      // Tasks enter their namespaces before any file is made.
      let task = isIn(restore.holder) ? "self" : restore.plan.holders.first(where: isIn).map { "\($0.pid)" } ?? "self"
      let file = try FilePath("/proc/\(task)/ns/\(kind.rawValue)").open(
        flags: Int32(bitPattern: record.flags), remedy: "Mount /proc where the tree is restored.")
      made.append(MadeFile(key: entry.key, descriptor: file.release()))
    }
    return made
  }

  private static func namespace(_ kind: NamespaceIDs.Kind, of ids: TaskKobjIdsEntry) -> UInt32? {
    switch kind {
    case .pid: ids.pidNsId
    case .net: ids.netNsId
    case .ipc: ids.ipcNsId
    case .uts: ids.utsNsId
    case .mnt: ids.mntNsId
    case .user: ids.userNsId
    case .cgroup: ids.cgroupNsId
    case .time: ids.timeNsId
    }
  }
}
