internal import Images
internal import Linux
internal import Streams

/// A task as far as its files are concerned.
struct FileHolder {
  let pid: Int32
  /// For errors: "pid 12 (nginx)".
  let subject: String
  /// Tasks with the same number share one table.
  let filesID: UInt32
  let descriptors: [FdinfoEntry]
  /// It has the table of the task that makes it, which fills that; `descriptors` is empty then.
  var sharesTable = false
  /// Tasks that have this one's table.
  var sharers: [Int32] = []
  /// Working directory, root, umask.
  let filesystem: FsEntry?
  /// Which namespaces it is in.
  var ids: TaskKobjIdsEntry?
}

/// All files of a restore: read and checked before any process is touched. It is made in the engine, and every task
/// that is cloned from it has a copy.
final class FilePlan {
  let options: RestoreOptions
  let log: Log
  /// What kinds read from their images.
  let states = KindStates()
  /// Of the set; a stream gives it only once.
  let inventory: InventoryEntry?
  /// Live tasks, parents before children.
  let holders: [FileHolder]
  /// files.img. Records are large: they are looked at where they are, and copied where they are wanted.
  private let records: [FileEntry]
  private var places: [FileKey: Int] = [:]
  /// By id.
  private var keys: [UInt32: FileKey] = [:]
  private(set) var groups: [FileGroup] = []
  /// By the index of their owner in `holders`, so that no task goes through those of others.
  private(set) var groupsByOwner: [[FileGroup]] = []
  /// Where in the shared table a made file is noted.
  private(set) var slots: [FileKey: Int] = [:]
  /// Of the descriptors of each of `holders`.
  private(set) lazy var numbers = holders.map { Set($0.descriptors.map(\.fd)) }
  /// The task that makes a file; an index into `holders`.
  private(set) var owners: [FileKey: Int] = [:]

  /// - Throws: The first thing found wrong; all others are logged.
  init(
    reading source: any ImageSource, inventory: InventoryEntry? = nil, holders: [FileHolder], options: RestoreOptions,
    log: Log
  ) throws(Failure) {
    self.inventory = inventory
    self.options = Terminal.keepingOwn(options)
    self.log = log
    self.holders = holders
    var findings = Findings()
    records = try source.records(of: FileEntry.self, in: .files) ?? []
    places.reserveCapacity(records.count)
    keys.reserveCapacity(records.count)
    for place in records.indices {
      let key = records[place].key
      places[key] = place
      keys[key.id] = key
    }
    for kind in fileKinds {
      _ = findings.collect { () throws(Failure) in try kind.load(from: source, into: self) }
    }
    _ = findings.collect { () throws(Failure) in try states[FileLocks.self].load(from: source, plan: self) }
    try findings.throwAny(log: log)
    checkHolders(&findings)
    try findings.throwAny(log: log)
    assignOwners()
    for group in groups {
      for entry in group.entries {
        _ = findings.collect { () throws(Failure) in try kind(of: entry).check(entry, in: self) }
      }
    }
    try findings.throwAny(log: log)
  }

  convenience init(reading source: any ImageSource, for plan: RestorePlan, options: RestoreOptions, log: Log) throws(Failure) {
    var sharers: [UInt32: [Int32]] = [:]
    for task in plan.live where plan.sharing.withMaker(of: task.pid).contains(.descriptors) {
      if let id = task.ids?.filesId { sharers[id, default: []].append(task.pid) }
    }
    try self.init(
      reading: source, inventory: plan.inventory,
      holders: plan.live.map { task in
        let shares = plan.sharing.withMaker(of: task.pid).contains(.descriptors)
        let filesID = task.ids?.filesId ?? UInt32(bitPattern: task.pid)
        return FileHolder(
          pid: task.pid, subject: task.subject, filesID: filesID, descriptors: shares ? [] : task.descriptors,
          sharesTable: shares, sharers: shares ? [] : sharers[filesID] ?? [], filesystem: task.filesystem, ids: task.ids)
      }, options: options, log: log)
  }

  // MARK: Look-ups

  /// `nil` when the set has no such record.
  subscript(key: FileKey) -> FileEntry? { places[key].map { records[$0] } }

  /// All records of a type.
  func records(of type: FdTypes) -> [FileEntry] {
    records.indices.compactMap { records[$0].type == type ? records[$0] : nil }
  }

  /// - Throws: `EBADMSG` when the set has no such record.
  func entry(_ key: FileKey) throws(Failure) -> FileEntry {
    if let entry = self[key] { return entry }
    throw Failure(
      "find the record", "\(key) in \(ImageKind.files.name())", .badMessage,
      remedy: "The image is damaged: restore from another copy of the set.")
  }

  /// - Throws: `EOPNOTSUPP` for a type that cannot be restored.
  func kind(of entry: FileEntry) throws(Failure) -> any FileKind.Type {
    if let kind = fileKindsByType[entry.type] { return kind }
    throw Failure(
      "restore the file", "\(entry.key)", .notSupported, remedy: "Restore with a criu that knows this kind of file.")
  }

  /// The record of a file with a path.
  func regularFile(_ id: UInt32) throws(Failure) -> RegFileEntry {
    let entry = try entry(FileKey(type: .reg, id: id))
    return try entry.require(entry.reg, "reg")
  }

  /// Where to open a file: its own path, or where a file without a name stands during the restore.
  func path(of record: RegFileEntry) -> FilePath {
    states[GhostPlan.self].path(of: record) ?? FilePath(record.name.losslessBytes)
  }

  /// The file with this id, whatever its type.
  func key(ofID id: UInt32) -> FileKey? { keys[id] }

  // MARK: Building

  private func checkHolders(_ findings: inout Findings) {
    var tables: [UInt32: FileHolder] = [:]
    for holder in holders where !holder.sharesTable {
      if let other = tables.updateValue(holder, forKey: holder.filesID) {
        findings.add(
          Failure(
            "restore a shared descriptor table", "\(holder.subject) and \(other.subject)", .notSupported,
            remedy: "Tasks that share descriptors (CLONE_FILES without CLONE_VM) are not supported yet."))
      }
      for descriptor in holder.descriptors
      where places[descriptor.key] == nil || fileKindsByType[descriptor.type] == nil {
        _ = findings.collect { () throws(Failure) in
          try during("planning descriptor \(descriptor.fd) of \(holder.subject)") { () throws(Failure) in
            _ = try kind(of: try entry(descriptor.key))
          }
        }
      }
    }
  }

  private func assignOwners() {
    let ownership = FileOwnership(holders: holders) { key in
      guard let place = places[key], let kind = fileKindsByType[key.type] else { return nil }
      return (kind.group(of: records[place], in: self), kind.carried(by: records[place], in: self))
    } members: {
      var members: [FileGroupKey: [FileKey]] = [:]
      for place in records.indices {
        guard let kind = fileKindsByType[records[place].type] else { continue }
        members[kind.group(of: records[place], in: self), default: []].append(records[place].key)
      }
      return members
    }
    groups = ownership.groups.map { group in
      FileGroup(key: group.key, owner: group.owner, entries: group.members.compactMap { self[$0] })
    }
    groupsByOwner = holders.map { _ in [] }
    for group in groups {
      groupsByOwner[group.owner].append(group)
      for entry in group.entries {
        slots[entry.key] = slots.count
        owners[entry.key] = group.owner
      }
    }
  }
}

/// Files that one task makes together.
struct FileGroup {
  let key: FileGroupKey
  /// An index into `FilePlan.holders`.
  let owner: Int
  /// By ascending file id.
  let entries: [FileEntry]
}

extension FdinfoEntry {
  var key: FileKey { FileKey(type: type, id: id) }
}
