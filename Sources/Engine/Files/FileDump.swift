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

  private(set) var files: [FileEntry] = []
  /// By files_id.
  private(set) var descriptors: [UInt32: [FdinfoEntry]] = [:]
  private(set) var remaps: [RemapFilePathEntry] = []

  let foreseen: ForeseenFiles
  private let readers: DescriptorReaders?
  private var openFiles: OpenFileIDs
  private var lastID: UInt32 = 0
  /// Regular files and fifos, for those that have no descriptor.
  private var inodes: [InodeKey: FileKey] = [:]

  struct InodeKey: Hashable {
    let device: DeviceNumber
    let inode: UInt64
    let mountID: UInt64?
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

  /// - Parameter runID: `NetworkLock.runID`.
  init(
    tasks: [FrozenTask], options: DumpOptions, journal: (any Journal)? = nil, namespaces: NamespaceIDs? = nil,
    foreseen: ForeseenFiles = ForeseenFiles(), readers: DescriptorReaders? = nil, runID: String = "", log: Log
  ) {
    self.foreseen = foreseen
    self.readers = readers
    openFiles = OpenFileIDs(foreseen: foreseen)
    self.tasks = tasks
    self.namespaces = namespaces
    self.options = options
    self.journal = journal
    self.log = log
    networkLock = NetworkLock(method: options.sockets.networkLock, runID: runID)
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

  // MARK: Descriptors

  /// Dumps the descriptor table of a task; once for each table.
  ///
  /// - Parameters:
  ///   - filesID: The table's number (task_kobj_ids_entry.files_id).
  ///   - asked: Of how many descriptors the task itself tells later whether they are closed by exec
  ///     (`setCloseOnExec`), which is cheaper than to look.
  /// - Returns: The first of them, `asked` at most.
  @discardableResult
  func dumpDescriptors(of task: FrozenTask, filesID: UInt32, asked: Int = 0) throws(Failure) -> [CInt] {
    guard descriptors[filesID] == nil else { return [] }
    descriptors[filesID] = []
    let foreseen = try foreseen.numbers(of: task.pid)
    var numbers = if let foreseen { foreseen } else { try descriptorNumbers(of: task.pid) }
    var readers = numbers.count < DescriptorReaders.worthwhileCount ? nil : readers
    try readers?.start(numbers, of: task)
    if numbers.count > files.capacity { files.reserveCapacity(files.count + numbers.count) }
    defer { readers?.finish() }
    var entries: [FdinfoEntry] = []
    entries.reserveCapacity(numbers.count)
    var index = 0
    while index < numbers.count {
      let number = numbers[index]
      readers?.advance(to: index)
      let descriptor: Descriptor
      do throws(Failure) {
        descriptor = try during("dumping descriptor \(number) of \(task.subject)") { () throws(Failure) in
          try Descriptor.take(number, of: task, reading: readers?.reading(at: index))
        }
      } catch where foreseen != nil && error.errno == .badDescriptor {
        // It was closed before the freeze, and others may have been opened.
        readers?.finish()
        readers = nil
        let done = Set(numbers[..<index])
        let all = try descriptorNumbers(of: task.pid)
        numbers[index...] = all.filter { !done.contains($0) }[...]
        continue
      }
      let entry = try during("dumping descriptor \(number) of \(task.subject)") { () throws(Failure) in
        try dump(descriptor, at: number, filesID: filesID, isAsked: index < asked)
      }
      entries.append(entry)
      index += 1
    }
    descriptors[filesID] = entries
    return Array(numbers.prefix(asked))
  }

  /// - Parameter answers: Of F_GETFD, for the first descriptors of a table.
  func setCloseOnExec(_ answers: [Int32], filesID: UInt32) throws(Failure) {
    for (index, answer) in answers.enumerated() {
      if let errno = Errno(result: Int(answer)) {
        throw Failure(
          "read the flags of the descriptor", "\(descriptors[filesID]![index].fd)", errno,
          remedy: "It was closed during the dump: freeze the tree's cgroup first with --freeze-cgroup.")
      }
      descriptors[filesID]![index].flags = UInt32(bitPattern: answer) & 1
    }
  }

  private func dump(
    _ descriptor: Descriptor, at number: CInt, filesID: UInt32, isAsked: Bool
  ) throws(Failure) -> FdinfoEntry {
    let kind = try kind(of: descriptor)
    let (id, isNew) = try openFiles.id(of: descriptor, at: number) { takeID() }
    if isNew {
      let entry = try kind.dump(descriptor, id: id, into: self)
      append(entry)
      remember(descriptor, as: entry.key)
    }
    try kind.note(descriptor, id: id, filesID: filesID, into: self)
    try states[FileLocks.self].note(descriptor, at: number, id: id, options: options)
    let closeOnExec = isAsked ? false : try descriptor.info().closeOnExec
    return FdinfoEntry {
      $0.id = id
      $0.flags = closeOnExec ? 1 : 0
      $0.type = kind.type
      $0.fd = UInt32(number)
    }
  }

  /// The file of a descriptor that no task has: it is in flight. Keep the descriptor until the dump ends: others are
  /// compared with it.
  func id(ofFileInFlight descriptor: Descriptor) throws(Failure) -> FileKey {
    let kind = try kind(of: descriptor)
    let (id, isNew) = try openFiles.id(of: descriptor, at: try descriptor.file.raw) { takeID() }
    if isNew {
      let entry = try kind.dump(descriptor, id: id, into: self)
      append(entry)
      remember(descriptor, as: entry.key)
    }
    return FileKey(type: kind.type, id: id)
  }

  private func kind(of descriptor: Descriptor) throws(Failure) -> any FileKind.Type {
    for kind in fileKinds where try kind.recognises(descriptor) { return kind }
    throw FileDump.unsaved(descriptor.subject, link: "\(try descriptor.link())")
  }

  /// Of a kind that no restore can make again.
  static func unsaved(_ subject: String, link: String) -> Failure {
    Failure(
      "dump the file", "\(subject): \(link)", .notSupported,
      remedy: "This kind of file cannot be saved: have the program close it before the dump.")
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
