internal import Images
internal import Linux

/// The files of one task being restored: runs in that task. Between the three steps lie barriers of all tasks:
///
///     make()   -> RESTORE_STAGE_MADE -> place() -> RESTORE_STAGE_PLACED -> finish()
///
/// `finish` sets locks, which POSIX drops as soon as the task closes any descriptor of the locked file: so it comes
/// after the last file that was opened for a mapping is closed.
final class FileRestore {
  let plan: FilePlan
  let holder: FileHolder
  let log: Log
  private let index: Int
  let numbers: DescriptorPlan
  let made: MadeFileTable
  /// Where this task has each file now: made by itself, or taken from another.
  var here: [FileKey: CInt] = [:]
  /// Made for others only; closed at the end.
  var temporary: [CInt] = []
  /// Descriptors of the engine, by the number that they had there.
  var kept: [CInt: CInt] = [:]
  /// The terminal that the task's session gets in `finish`; another task may have made it.
  var sessionTerminal: (info: TtyInfoEntry, descriptor: CInt)?
  /// pidfds of other tasks.
  var processes: [Int32: CInt] = [:]
  /// Of files that were opened for reading, by device and inode: many descriptors and mappings have one file.
  private var buildIDs: [FileDump.InodeKey: [UInt32]] = [:]

  /// - Parameters:
  ///   - index: Of the task in `plan.holders`.
  ///   - made: Shared by all tasks.
  init(plan: FilePlan, index: Int, made: MadeFileTable, log: Log) {
    self.plan = plan
    self.index = index
    self.made = made
    self.log = log
    holder = plan.holders[index]
    numbers = DescriptorPlan(holder.descriptors)
  }

  // MARK: Steps

  /// Closes what this process has, but for `keep`, and makes all files that the task owns.
  ///
  /// - Parameter keep: Descriptors that the caller still needs. They may move: ask `number(ofKept:)`.
  func make(keep: [CInt]) throws(Failure) {
    try raiseDescriptorLimit()
    try clear(keep: Set(keep).union(plan.options.inherited.map(\.descriptor)))
    for group in plan.groupsByOwner[index] {
      guard let first = group.entries.first else { continue }
      let kind = try plan.kind(of: first)
      let files = try during("making \(first.key) of \(holder.subject)") { () throws(Failure) in
        try kind.make(group, in: self)
      }
      try settle(files)
    }
  }

  /// Takes the files that other tasks made, and connects those of this task.
  func place() throws(Failure) {
    for key in numbers.order where here[key] == nil {
      let file = try borrow(key).release()
      try stand(file, as: key)
    }
    try eachOwned { (entry, number) throws(Failure) in
      try self.plan.kind(of: entry).connect(entry, at: number, in: self)
    }
    for kind in fileKinds { try kind.borrowForTask(self) }
  }

  /// Last settings of this task's own files; then what was needed for others only is closed,
  /// and locks are taken.
  func finish() throws(Failure) {
    try eachOwned { (entry, number) throws(Failure) in
      try self.plan.kind(of: entry).finish(entry, at: number, in: self)
    }
    for kind in fileKinds { try kind.finishTask(self) }
    for number in temporary { BorrowedFD(number).close() }
    for number in processes.values { BorrowedFD(number).close() }
    for inherited in plan.options.inherited {
      if let number = kept.removeValue(forKey: inherited.descriptor) { BorrowedFD(number).close() }
    }
    temporary = []
    processes = [:]
    for pid in [holder.pid] + holder.sharers { try plan.states[FileLocks.self].take(pid: pid) }
  }

  private func eachOwned(_ body: (FileEntry, CInt) throws(Failure) -> Void) throws(Failure) {
    for group in plan.groupsByOwner[index] {
      for entry in group.entries {
        guard let number = here[entry.key] else { continue }
        try during("restoring \(entry.key) of \(holder.subject)") { () throws(Failure) in try body(entry, number) }
      }
    }
  }

  // MARK: For kinds and callers

  /// Where this task has a file: since `make` those that it owns, in `connect` and later also those that it holds.
  func number(of key: FileKey) -> CInt? { here[key] }

  /// All numbers that the file is to have in this task.
  func targets(of key: FileKey) -> [DescriptorPlan.Target] { numbers.targets[key] ?? [] }

  /// A descriptor of ours for any file of the tree, from `connect` on: a copy of our own, or of its owner's.
  func borrow(_ key: FileKey) throws(Failure) -> OwnedFD {
    if let number = here[key] { return OwnedFD(adopting: try BorrowedFD(number).duplicate(from: 0, "\(key)")) }
    guard let owner = plan.owners[key], let number = made[key, in: plan] else {
      throw Failure(
        "take the file from the task that made it", "\(key) for \(holder.subject)", .badDescriptor,
        remedy: "This is a defect of this program: keep the images and the log.")
    }
    let pid = plan.holders[owner].pid
    return try copyDescriptor(number, of: try process(pid), "descriptor \(number) of pid \(pid), \(key)")
  }

  /// Opens the file that a mapping is to have: vma_entry.shmid is its record's id, vma_entry.fdflags its access mode.
  func openForMapping(_ mapping: VmaEntry) throws(Failure) -> OwnedFD {
    try open(regularFile: UInt32(truncatingIfNeeded: mapping.shmid), flags: mapping.fdflags ?? 0)
  }

  /// The build id of a program or library that is open now; none where it is not open for reading.
  func buildID(
    of file: BorrowedFD, _ status: FileStatus, flags: UInt32, _ name: String
  ) throws(Failure) -> [UInt32] {
    guard BuildID.isReadable(flags) else { return [] }
    let key = FileDump.InodeKey(device: status.device, inode: status.inode, mountID: nil)
    if let known = buildIDs[key] { return known }
    let found = try BuildID.read(named: name, from: file, flags)
    buildIDs[key] = found
    return found
  }

  /// What the user gave by --inherit-fd for a resource.
  func inherited(_ resource: String) -> BorrowedFD? {
    guard let given = plan.options.inherited.last(where: { $0.resource == resource }) else { return nil }
    return BorrowedFD(number(ofKept: given.descriptor))
  }

  /// Closes what is left of `keep`: the last thing that the task does with descriptors.
  func closeKept() {
    for number in kept.values { BorrowedFD(number).close() }
    kept = [:]
  }

  /// Where a descriptor of `keep` is now.
  func number(ofKept number: CInt) -> CInt { kept[number] ?? number }

  /// Opens a file with a path that has no descriptor of its own: a program, a directory, a mapped file.
  ///
  /// - Parameter flags: Instead of the record's own.
  func open(regularFile id: UInt32, flags: UInt32? = nil) throws(Failure) -> OwnedFD {
    try RegularFile.open(try plan.regularFile(id), flags: flags, in: self)
  }
}
