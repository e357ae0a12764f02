internal import Images
internal import Linux
internal import Streams

/// The cgroups of a restored tree. The engine makes them and sets their properties; each task enters its own before it
/// has memory, so that what it gets is charged there.
final class CgroupRestore {
  private let record: CgroupEntry
  private let mode: CgroupMode
  /// By number; the engine's own too.
  private let sets: [UInt32: [CgMemberEntry]]
  private let ownSet: UInt32
  private let setOfTask: [Int32: UInt32]
  private let threads: [(tid: Int32, leader: Int32, set: UInt32)]
  private let yard: String?
  private let root: Int32
  private let log: Log
  /// By name, as images write it: controllers with commas between them.
  private var hierarchies: [String: CgroupHierarchy] = [:]
  private var pending: [CgroupDirectory.Pending] = []

  /// - Throws: `EBADMSG` a thread is in a set that the images do not have.
  init(reading source: any ImageSource, for plan: RestorePlan, options: CgroupOptions, log: Log) throws(Failure) {
    mode = options.mode
    yard = options.yard
    root = plan.root.pid
    self.log = log
    var record = mode == .ignore ? nil : try source.record(of: CgroupEntry.self, in: .cgroup)
    record?.moveRoots(options)
    self.record = record ?? CgroupEntry()
    ownSet = plan.inventory.rootCgSet ?? 0
    var sets = Dictionary(self.record.sets.map { ($0.id, $0.ctls) }, uniquingKeysWith: { $1 })
    sets[ownSet] = try CgroupMembership.all(pid: currentPid()).map { line in
      CgMemberEntry {
        $0.name = line.hierarchy
        $0.path = String(lossless: line.path.bytes)
      }
    }
    self.sets = sets
    var setOfTask: [Int32: UInt32] = [:]
    var threads: [(Int32, Int32, UInt32)] = []
    for task in record == nil ? [] : plan.live {
      for thread in task.threads {
        let number = thread.core.threadCore?.cgSet ?? (thread.tid == task.pid ? task.core.cgSet : nil) ?? 0
        guard number != 0 else { continue }
        guard sets[number] != nil else {
          throw Failure(
            "restore the cgroups", "thread \(thread.tid) of \(task.subject) is in set \(number), which is missing",
            .badMessage, remedy: "cgroup.img is damaged: restore from another copy, or give --manage-cgroups=ignore.")
        }
        if thread.tid == task.pid { setOfTask[task.pid] = number }
        if number != setOfTask[task.pid] { threads.append((thread.tid, task.pid, number)) }
      }
    }
    self.setOfTask = setOfTask
    self.threads = threads
  }

  // MARK: In the engine

  /// Opens the hierarchies and makes what is missing, before there is any task.
  func prepare(journal: any Journal) throws(Failure) {
    for controller in record.controllers {
      let name = controller.cnames.joined(separator: ",")
      let hierarchy = try CgroupHierarchy(name, yard: yard)
      hierarchies[name] = hierarchy
      for directory in controller.dirs {
        pending += try CgroupDirectory.make(
          directory, below: "/", of: hierarchy, mode: mode, journal: journal, log: log)
      }
    }
  }

  /// Once all threads exist: those that left their leader's cgroups, and the properties that a full cgroup takes.
  func settle() throws(Failure) {
    for thread in threads {
      try move(from: sets[setOfTask[thread.leader] ?? ownSet] ?? [], to: sets[thread.set]!) { (hierarchy, cgroup) throws(Failure) in
        try write("\(thread.tid)", to: hierarchy.isVersion2 ? "cgroup.threads" : "tasks", of: cgroup, hierarchy)
      }
    }
    try setProperties { !CgroupProperty.last.contains($0) }
  }

  /// When the tree runs: a cgroup that was frozen is so again.
  func freeze() throws(Failure) { try setProperties(CgroupProperty.last.contains) }

  private func setProperties(_ isMeant: (String) -> Bool) throws(Failure) {
    for pending in pending {
      let path = pending.hierarchy.path(of: pending.cgroup)
      for property in pending.properties where isMeant(property.name) {
        try CgroupProperty.write(property, in: path, pending.hierarchy.subject(pending.cgroup), log: log)
      }
    }
  }

  // MARK: In a task

  /// Enters the task's cgroups; the root also makes the cgroup namespace, whose roots are where it is at that moment.
  ///
  /// - Parameter inherited: The set that this process was born in, `nil` for that of the engine.
  /// - Returns: The set that it is in now.
  func enter(_ pid: Int32, inherited: UInt32?) throws(Failure) -> UInt32? {
    guard let number = setOfTask[pid], number != inherited ?? ownSet else { return inherited }
    var current = sets[inherited ?? ownSet] ?? []
    let set = sets[number]!
    if pid == root, set.contains(where: { $0.cgnsPrefix ?? 0 > 0 }) {
      let outside = set.map(\.namespaceRoot)
      try move(from: current, to: outside, enterHere)
      try CgroupMembership.enterNewNamespace()
      current = outside
    }
    try move(from: current, to: set, enterHere)
    return number
  }

  private func enterHere(_ hierarchy: CgroupHierarchy, _ cgroup: String) throws(Failure) {
    try write("0", to: "cgroup.procs", of: cgroup, hierarchy)
  }

  /// Calls `body` for each hierarchy in which a move is needed.
  private func move(
    from current: [CgMemberEntry], to set: [CgMemberEntry],
    _ body: (CgroupHierarchy, String) throws(Failure) -> Void
  ) throws(Failure) {
    for member in set where !current.contains(where: { $0.name == member.name && $0.path == member.path }) {
      guard let hierarchy = hierarchies[member.name] else {
        throw Failure(
          "enter the cgroup", "\(member.path) of \(member.name), whose controller cgroup.img does not have", .badMessage,
          remedy: "The image is damaged: restore from another copy, or give --manage-cgroups=ignore.")
      }
      try body(hierarchy, member.path)
    }
  }

  private func write(
    _ text: String, to file: String, of cgroup: String, _ hierarchy: CgroupHierarchy
  ) throws(Failure) {
    try during("entering the cgroup \(hierarchy.subject(cgroup))") { () throws(Failure) in
      try writeText(
        text, to: hierarchy.path(of: cgroup).appending("/" + file).description, "enter the cgroup",
        remedy: "See that it takes tasks: cpuset.cpus and cpuset.mems are set, pids.max is not reached, and with version "
          + "2 no controller is on in its cgroup.subtree_control.")
    }
  }
}
