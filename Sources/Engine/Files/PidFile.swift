internal import Images
internal import Linux

/// A descriptor of a process (pidfd_open(2)). One of a process that is gone tells nothing more than that it is, and
/// which others are of the same process: a restore makes it from a process that ends at once.
enum PidFile: FileKind {
  static var type: FdTypes { .pidfd }

  /// pidfd_entry.nspid of a process that is gone.
  private static let gone: Int32 = -1

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    try descriptor.isAnonymous("[pidfd]")
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let info = try descriptor.info()
    guard let pid = info.values(of: "Pid:").first.flatMap({ Int32($0) }) else {
      throw info.unreadable("Pid:", descriptor.subject)
    }
    let owner = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    let virtualPid = try virtualPid(of: pid, flags: descriptor.flags, descriptor.subject, dump.virtualPids)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.pidfd = PidfdEntry {
        $0.id = id
        $0.ino = UInt32(truncatingIfNeeded: descriptor.status.inode)
        $0.flags = descriptor.flags & ~FileFlags.accessMode
        $0.nspid = virtualPid
        $0.fown = owner
      }
    }
  }

  /// - Parameter pid: As fdinfo tells it: 0 for a process that our pid namespace does not see.
  static func virtualPid(
    of pid: Int32, flags: UInt32, _ subject: String, _ virtualPids: [Int32: Int32]
  ) throws(Failure) -> Int32 {
    guard flags & ProcessDescriptorFlags.thread == 0 else {
      throw Failure(
        "dump the descriptor of a process", "\(subject): it is of a thread (PIDFD_THREAD)", .notSupported,
        remedy: "Have the program close it before the dump.")
    }
    guard pid != gone else { return gone }
    if let virtualPid = virtualPids[pid] { return virtualPid }
    throw Failure(
      "dump the descriptor of a process", "\(subject): pid \(pid) is not of the tree", .notSupported,
      remedy: "Dump a tree that includes it, or have the program close the descriptor.")
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.pidfd, "pidfd")
    guard record.nspid == gone || record.nspid > 0 else {
      throw Failure(
        "use the pid", "\(record.nspid), \(entry.key)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
  }

  /// All of one process that is gone are made together, of one process again.
  static func group(of entry: FileEntry, in plan: FilePlan) -> FileGroupKey {
    guard let record = entry.pidfd, record.nspid == gone else {
      return FileGroupKey(type: type, number: UInt64(entry.id))
    }
    return FileGroupKey(type: type, number: 1 << 32 | UInt64(record.ino))
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    func open(_ pid: Int32?) throws(Failure) -> [MadeFile] {
      try group.makeEach { (entry) throws(Failure) in
        let record = try entry.require(entry.pidfd, "pidfd")
        let file = try openProcess(
          pid ?? record.nspid, flags: record.flags & ProcessDescriptorFlags.nonBlocking, "\(entry.key)")
        try file.borrowed().restoreStatusFlags(record.flags, of: entry.key)
        return file
      }
    }
    guard group.entries.first?.pidfd?.nspid == gone else { return try open(nil) }
    return try withEndedProcess { (pid) throws(Failure) in try open(pid) }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.pidfd, "pidfd")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
