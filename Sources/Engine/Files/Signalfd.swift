internal import Images
internal import Linux

/// A descriptor that reads signals (signalfd(2)). It holds a mask only: the signals belong to who reads.
enum Signalfd: FileKind {
  static var type: FdTypes { .signalfd }

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    try descriptor.isAnonymous("[signalfd]")
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    var record = try record(descriptor.info(), descriptor.subject)
    record.id = id
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.sgfd = record
    }
  }

  static func record(_ info: FDInfo, _ subject: String) throws(Failure) -> SignalfdEntry {
    var record = SignalfdEntry()
    record.sigmask = try info.number("sigmask:", radix: 16, subject)
    return record
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    _ = try entry.require(entry.sgfd, "sgfd")
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.sgfd, "sgfd")
      let file = try makeSignalfd(mask: record.sigmask)
      try file.borrowed().restoreStatusFlags(record.flags, of: entry.key)
      return file
    }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.sgfd, "sgfd")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
