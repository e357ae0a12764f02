internal import Images
internal import Linux
internal import Streams

/// All files of a tree that is being dumped: descriptors, programs, directories and mapped files. Collects values while
/// the tree is frozen; they are written when the caller likes.
final class FileDump {
  let options: DumpOptions
  let log: Log
  let networkLock: NetworkLock
  /// What kinds remember.
  let states = KindStates()
  /// Every task's and thread's id as the tree sees it, by the id that we see; process groups are among them as far as
  /// their leaders are.
  let virtualPids: [Int32: Int32]

  /// Complete only after `makeRecords`.
  private(set) var files: [FileEntry] = []
  private var waiting: [Waiting] = []
  private var hasAllRecords = false
  /// By files_id.
  var descriptors: [UInt32: [FdinfoEntry]] = [:]
  /// Places in them of which the task is asked whether they are closed by exec.
  var questions: [UInt32: [Int]] = [:]
  private(set) var remaps: [RemapFilePathEntry] = []

  let foreseen: ForeseenFiles
  let readers: DescriptorReaders?
  private var openFiles: OpenFileIDs
  private var lastID: UInt32 = 0
  /// Regular files and fifos, for those that have no descriptor.
  private var inodes: [InodeKey: FileKey] = [:]

  /// A file whose record is made later.
  struct Waiting {
    let kind: any FileKind.Type
    let descriptor: Descriptor
    let id: UInt32
    /// Its place among the records that are made at once.
    let place: Int
  }

  struct InodeKey: Hashable {
    let device: DeviceNumber
    let inode: UInt64
    let mountID: UInt64?

    /// Files on several devices are few.
    func hash(into hasher: inout Hasher) { hasher.combine(inode) }
  }

  /// Undoes the links that a dump makes.
  let journal: (any Journal)?

  /// Of tasks whose mapped files may be known already, by pid.
  var mountNamespaces: [Int32: UInt32] = [:]
  /// Files that are mapped, as mappings name them.
  var mappedFiles: [MappedFileName: UInt32] = [:]

  struct MappedFileName: Hashable {
    let mountNamespace: UInt32?
    let deviceMajor, deviceMinor: UInt32
    let inode: UInt64
  }

  private let namespaces: NamespaceIDs?
  private let tasks: [FrozenTask]

  init(
    tasks: [FrozenTask], options: DumpOptions, journal: (any Journal)? = nil, namespaces: NamespaceIDs? = nil,
    foreseen: ForeseenFiles = ForeseenFiles(), readers: DescriptorReaders? = nil,
    networkLock: NetworkLock = NetworkLock(method: .skip, runID: ""), log: Log
  ) {
    self.foreseen = foreseen
    self.readers = readers
    openFiles = OpenFileIDs(foreseen: foreseen)
    self.tasks = tasks
    self.namespaces = namespaces
    self.options = options
    self.journal = journal
    self.log = log
    self.networkLock = networkLock
    waiting.reserveCapacity(foreseen.descriptorCount)
    inodes.reserveCapacity(foreseen.nameCount)
    states[KnownFiles.self].reserve(foreseen.nameCount)
    var virtualPids: [Int32: Int32] = [:]
    for task in tasks {
      virtualPids[task.pid] = task.virtualPid
      for thread in task.threads { virtualPids[thread.tid] = thread.virtualTid }
    }
    self.virtualPids = virtualPids
  }

  // MARK: For the kinds

  /// The number of a record that a kind makes besides the one that it was asked for.
  func takeID() -> UInt32 {
    lastID += 1
    return lastID
  }

  func append(_ entry: FileEntry) { files.append(entry) }

  /// For what a kind learns of its files only when all are known.
  func updateEach(_ change: (inout FileEntry) -> Void) {
    for index in files.indices { change(&files[index]) }
  }

  /// Puts the records of a kind into another order, in the places that they have among the others.
  func reorder(_ type: FdTypes, _ order: ([FileEntry]) -> [FileEntry]) {
    let places = files.indices.filter { files[$0].type == type }
    for (place, file) in zip(places, order(places.map { files[$0] })) { files[place] = file }
  }

  func append(_ remap: RemapFilePathEntry) { remaps.append(remap) }

  /// The number of a namespace, by its link in /proc; `nil` when no task of the tree is in it.
  func namespaceID(named link: String, kind: NamespaceIDs.Kind) throws(Failure) -> UInt32? {
    guard let namespaces else { return nil }
    if let id = namespaces.id(named: link) { return id }
    for task in tasks where !task.isZombie {
      _ = try namespaces.id(of: kind, pid: task.pid)
      if let id = namespaces.id(named: link) { return id }
    }
    return nil
  }

  // MARK: Open files

  /// The number of a descriptor's file. Where it was not met before, it gets its record, now or in `makeRecords`.
  ///
  /// - Returns: Whether the record is made later.
  func id(
    of descriptor: Descriptor, at number: CInt, _ kind: any FileKind.Type
  ) throws(Failure) -> (UInt32, waits: Bool) {
    let (id, isNew) = try openFiles.id(of: descriptor, at: number) { takeID() }
    guard isNew else { return (id, false) }
    let waits = descriptor.isAsked ? try kind.canWait(descriptor, in: self) : false
    if waits {
      waiting.append(Waiting(kind: kind, descriptor: descriptor, id: id, place: files.count))
    } else {
      append(try kind.dump(descriptor, id: id, into: self))
    }
    remember(descriptor, as: FileKey(type: kind.type, id: id))
    return (id, waits)
  }

  /// The file of a descriptor that no task has: it is in flight. Keep the descriptor until the dump ends: others are
  /// compared with it.
  func id(ofFileInFlight descriptor: Descriptor) throws(Failure) -> FileKey {
    let kind = try kind(of: descriptor)
    return FileKey(type: kind.type, id: try id(of: descriptor, at: try descriptor.file.raw, kind).0)
  }

  func kind(of descriptor: Descriptor) throws(Failure) -> any FileKind.Type {
    for kind in fileKinds where try kind.recognises(descriptor) { return kind }
    throw FileDump.unsaved(descriptor.subject, link: "\(try descriptor.link())")
  }

  /// Of a kind that no restore can make again.
  static func unsaved(_ subject: String, link: String) -> Failure {
    Failure(
      "dump the file", "\(subject): \(link)", .notSupported,
      remedy: "This kind of file cannot be saved: have the program close it before the dump.")
  }

  /// Makes the records that could wait. Once all tasks and all their mapped files were dumped; these may have gone on.
  func makeRecords() throws(Failure) {
    guard !hasAllRecords else { return }
    hasAllRecords = true
    let made = files
    files = []
    files.reserveCapacity(made.count + waiting.count)
    var taken = 0
    for file in waiting {
      files += made[taken..<file.place]
      taken = file.place
      append(
        try during("dumping \(file.descriptor.subject)") { () throws(Failure) in
          try file.kind.dump(file.descriptor, id: file.id, into: self)
        })
    }
    files += made[taken...]
    waiting = []
    for kind in fileKinds { try kind.complete(self) }
  }

  // MARK: Files without descriptors

  /// The number of a file that has no descriptor: a record that is there is taken for regular files and fifos, as
  /// upstream does; others get one each time.
  func id(ofFileWithoutNumber descriptor: Descriptor) throws(Failure) -> FileKey {
    if let known = inodes[InodeKey(descriptor.status)] { return known }
    let id = takeID()
    let entry = try during("dumping \(descriptor.magicLink)") { () throws(Failure) in
      try RegularFile.dump(descriptor, id: id, into: self)
    }
    append(entry)
    remember(descriptor, as: entry.key)
    return entry.key
  }

  /// The number of a regular file or fifo that a task has open.
  func id(ofOpenFile inode: UInt64, on device: DeviceNumber) -> UInt32? {
    inodes.first { $0.key.inode == inode && $0.key.device == device }?.value.id
  }

  private func remember(_ descriptor: Descriptor, as key: FileKey) {
    guard key.type == .reg, descriptor.status.format == .regular || descriptor.status.format == .fifo else { return }
    let inode = InodeKey(descriptor.status)
    if inodes[inode] == nil { inodes[inode] = key }
  }
}

extension FileDump.InodeKey {
  init(_ status: FileStatus) {
    self.init(device: status.device, inode: status.inode, mountID: status.mountID)
  }
}
