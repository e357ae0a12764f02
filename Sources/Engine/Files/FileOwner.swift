internal import Images
internal import Linux

/// Who gets SIGIO or another signal when a file becomes ready (fcntl(2), F_SETOWN_EX and F_SETSIG).
enum FileOwner {
  /// - Returns: All zero for a file without an owner, and for what can have none.
  static func dump(_ descriptor: Descriptor, virtualPids: [Int32: Int32]) throws(Failure) -> FownEntry {
    guard descriptor.number != nil, descriptor.flags & FileFlags.pathOnly == 0 else { return FownEntry() }
    let settings = try descriptor.asked.signalSettings(descriptor.subject)
    var record = FownEntry()
    record.signum = UInt32(bitPattern: settings.signal)
    guard settings.pid != 0 else { return record }
    guard let pid = virtualPids[settings.pid] else {
      throw Failure(
        "dump the owner of the file", "\(descriptor.subject): pid \(settings.pid) is not of the tree", .notSupported,
        remedy: "Dump a tree that includes it, or have the program reset it (F_SETOWN).")
    }
    record.pidType = settings.kind
    record.pid = UInt32(bitPattern: pid)
    record.uid = settings.uid
    record.euid = settings.euid
    return record
  }

  /// Sets owner and signal, and then O_ASYNC, which an open does not.
  static func restore(_ record: FownEntry, flags: UInt32, at number: CInt, of key: FileKey) throws(Failure) {
    let file = BorrowedFD(number)
    if record.signum != 0 || record.pid != 0 {
      try file.setSignalSettings(
        FileSignalSettings(
          kind: record.pidType, pid: Int32(bitPattern: record.pid), signal: Int32(bitPattern: record.signum),
          uid: record.uid, euid: record.euid), "\(key)")
    }
    guard flags & FileFlags.signalDriven != 0, flags & FileFlags.pathOnly == 0 else { return }
    let now = try file.flags("\(key)")
    try file.setFlags(now | Int32(FileFlags.signalDriven), "\(key)")
  }
}
