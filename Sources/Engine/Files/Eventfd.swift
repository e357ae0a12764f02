internal import Images
internal import Linux

/// A counter to wait on (eventfd(2)).
///
/// Whether it counts as a semaphore is not among the status flags of the descriptor, and the image has no field for it.
/// It goes into the lowest bit of `flags`, which no access mode of an eventfd uses: a reader that does not know of it
/// makes a plain counter, as it did before.
enum Eventfd: FileKind {
  static var type: FdTypes { .eventfd }

  private static let semaphoreBit: UInt32 = 1

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    // Its counter is there, which is needed anyway.
    guard descriptor.status.format == .none else { return false }
    return try descriptor.info().has("eventfd-count:")
  }

  static func canWait(_ descriptor: Descriptor, in dump: FileDump) -> Bool {
    descriptor.asked.known(.info) != nil
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    var record = try record(descriptor.info(), flags: descriptor.flags, descriptor.subject)
    record.id = id
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.efd = record
    }
  }

  static func record(_ info: FDInfo, flags: UInt32, _ subject: String) throws(Failure) -> EventfdFileEntry {
    var record = EventfdFileEntry()
    record.counter = try info.number("eventfd-count:", radix: 16, subject)
    // Kernels before 6.5 do not tell.
    let isSemaphore = info.values(of: "eventfd-semaphore:").first == "1"
    record.flags = isSemaphore ? flags | semaphoreBit : flags
    return record
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.efd, "efd")
    guard record.counter != .max else {
      throw Failure(
        "use the counter", "\(entry.key)", .badMessage,
        remedy: "An eventfd cannot count so far: restore from another copy of the set.")
    }
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.efd, "efd")
      let file = try make(record)
      // It is made open for reading and writing, without other flags.
      if record.flags & ~semaphoreBit != FileFlags.readWrite {
        try file.borrowed().restoreStatusFlags(record.flags, of: entry.key)
      }
      return file
    }
  }

  static func make(_ record: EventfdFileEntry) throws(Failure) -> OwnedFD {
    try makeEventfd(counter: record.counter, isSemaphore: record.flags & semaphoreBit != 0)
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.efd, "efd")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }
}
