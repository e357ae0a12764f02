internal import Images
internal import Linux
internal import Streams

/// What a set of images asks for: read and checked before any process is touched.
struct RestorePlan {
  let inventory: InventoryEntry
  let root: TaskPlan
  /// How its processes are made.
  let births: BirthPlan
  let sharing: TaskSharing
  let seccomp: SeccompEntry
  /// What the clocks of the tree showed.
  let clocks: TimensEntry?
  /// Parents before children, the root first.
  let tasks: [TaskPlan]
  let byPid: [Int32: TaskPlan]
  /// Of live tasks, their places in `FilePlan.holders`.
  let holderIndices: [Int32: Int]
  /// Living tasks in the order in which their pages are in the set, so that a stream is read as it comes; parents before
  /// their children, since each is made by its parent after that has its own pages.
  let fillOrder: [Int32]

  var live: [TaskPlan] { tasks.filter { !$0.isDead } }

  /// - Throws: The first thing found wrong; all others are logged.
  static func read(from source: any ImageSource, isShellJob: Bool, log: Log) throws(Failure) -> RestorePlan {
    let inventory = try readInventory(from: source)
    let entries = try required(source.records(of: PstreeEntry.self, in: .pstree), .pstree)
    var findings = Findings()
    var tasks: [TaskPlan] = []
    var descriptors: [UInt64: [FdinfoEntry]] = [:]
    for entry in entries {
      let task = findings.collect { () throws(Failure) in
        try readTask(entry, from: source, descriptors: &descriptors)
      }
      if let task { tasks.append(task) }
    }
    try findings.throwAny(log: log)
    let root = try link(tasks)
    let tree = root.subtree
    let births = try BirthPlan(tree, isShellJob: isShellJob, isTaken: processExists)
    let seccomp = try source.record(of: SeccompEntry.self, in: .seccomp) ?? SeccompEntry()
    return RestorePlan(
      inventory: inventory, root: root, births: births, sharing: try TaskSharing(tree, births: births),
      seccomp: seccomp,
      clocks: try TimeNamespace.read(from: source, root: root, inventory: inventory), tasks: tree,
      byPid: Dictionary(uniqueKeysWithValues: tree.map { ($0.pid, $0) }),
      holderIndices: Dictionary(
        uniqueKeysWithValues: tree.filter { !$0.isDead }.enumerated().map { ($1.pid, $0) }),
      fillOrder: fillOrder(tasks, tree))
  }

  /// - Parameters:
  ///   - tasks: As the set has them.
  ///   - tree: Parents before their children.
  private static func fillOrder(_ tasks: [TaskPlan], _ tree: [TaskPlan]) -> [Int32] {
    var seen: Set<Int32> = [0]
    let isOrdered = tasks.allSatisfy { task in
      seen.insert(task.pid)
      return seen.contains(task.parent)
    }
    return (isOrdered ? tasks : tree).filter { !$0.isDead }.map(\.pid)
  }

  private static func readInventory(from source: any ImageSource) throws(Failure) -> InventoryEntry {
    guard let inventory = try source.record(of: InventoryEntry.self, in: .inventory) else {
      throw Failure(
        "read the images", "there is no \(ImageKind.inventory.name())", .noEntry,
        remedy: "Give the directory of a finished dump with --images-dir: a dump that failed leaves no inventory.")
    }
    guard inventory.imgVersion == 1 || inventory.imgVersion == 2, inventory.fdinfoPerId == true else {
      throw Failure(
        "restore the images", "image version \(inventory.imgVersion)", .notSupported,
        remedy: inventory.imgVersion == 0
          ? "This is a pre-dump, which can only be the parent of a dump: restore from the dump."
          : "Restore with the version of criu that made the images.")
    }
    if let plugin = inventory.pluginsEntry?.plugins.first {
      throw Failure(
        "restore the images", "they were made with the plugin \(plugin)", .notSupported,
        remedy: "Restore with a criu that has this plugin.")
    }
    return inventory
  }

  /// - Parameter descriptors: Those of other tasks by files_id: who shares them finds them there, since an image may be
  ///   read only once.
  private static func readTask(
    _ entry: PstreeEntry, from source: any ImageSource, descriptors: inout [UInt64: [FdinfoEntry]]
  ) throws(Failure) -> TaskPlan {
    let pid = UInt64(entry.pid)
    let leader = try required(source.record(of: CoreEntry.self, in: .core, pid), .core, pid)
    guard let core = leader.tc, let state = TaskPlan.State(rawValue: core.taskState) else {
      throw Failure(
        "read the state of the task", "\(ImageKind.core.name(pid))", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    if state == .dead {
      return TaskPlan(
        entry: entry, core: core, threads: [], ids: nil, memory: nil, filesystem: nil, descriptors: [])
    }
    var threads = [ThreadPlan(tid: Int32(bitPattern: entry.pid), core: leader)]
    for tid in entry.threads.dropFirst() {
      let core = try required(source.record(of: CoreEntry.self, in: .core, UInt64(tid)), .core, UInt64(tid))
      threads.append(ThreadPlan(tid: Int32(bitPattern: tid), core: core))
    }
    for thread in threads where thread.core.mtype != .x86_64 || thread.core.threadInfo == nil {
      throw Failure(
        "restore the thread", "\(thread.tid), whose registers are of \(thread.core.mtype)", .notSupported,
        remedy: "Restore on a machine of that architecture.")
    }
    let ids = try source.record(of: TaskKobjIdsEntry.self, in: .ids, pid)
    let filesID = UInt64(ids?.filesId ?? entry.pid)
    if descriptors[filesID] == nil {
      descriptors[filesID] = try source.records(of: FdinfoEntry.self, in: .fdinfo, filesID) ?? []
    }
    return TaskPlan(
      entry: entry, core: core, threads: threads, ids: ids,
      memory: try required(source.record(of: MmEntry.self, in: .mm, pid), .mm, pid),
      filesystem: try required(source.record(of: FsEntry.self, in: .fs, pid), .fs, pid),
      descriptors: descriptors[filesID] ?? [])
  }

  /// Hangs each task below its parent.
  ///
  /// - Returns: The root.
  private static func link(_ tasks: [TaskPlan]) throws(Failure) -> TaskPlan {
    var byPid: [Int32: TaskPlan] = [:]
    for task in tasks {
      guard byPid.updateValue(task, forKey: task.pid) == nil else { throw damaged("pid \(task.pid) occurs twice") }
      guard task.pid > 0 else { throw damaged("pid \(task.pid)") }
      if task.parent == 0 { continue }
      guard let parent = byPid[task.parent] else { throw damaged("pid \(task.pid) has no parent \(task.parent)") }
      guard !parent.isDead else { throw damaged("the parent of pid \(task.pid) is dead") }
      parent.children.append(task)
    }
    let roots = tasks.filter { $0.parent == 0 }
    guard let root = roots.first, roots.count == 1 else { throw damaged("there are \(roots.count) roots") }
    guard !root.isDead else { throw damaged("the root is dead") }
    return root
  }

  private static func damaged(_ what: String) -> Failure {
    Failure(
      "build the process tree", "\(ImageKind.pstree.name()): \(what)", .badMessage,
      remedy: "The image is damaged: restore from another copy of the set.")
  }

  private static func required<T>(_ value: T?, _ kind: ImageKind, _ number: UInt64 = 0) throws(Failure) -> T {
    if let value { return value }
    throw Failure(
      "read the images", "\(kind.name(number)) is missing", .noEntry,
      remedy: "The set is not whole: restore from another copy of it.")
  }
}
