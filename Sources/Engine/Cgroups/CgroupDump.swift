internal import Images
internal import Linux
internal import Streams

/// The cgroups of a tree (cgroup.img): which set of them each thread is in, and the cgroups themselves.
///
/// The first set is that of our own process, which is never stored: what is in it stays where a restore runs.
final class CgroupDump {
  /// One thread is in these, one a hierarchy, sorted by its name.
  private typealias Memberships = [CgMemberEntry]

  /// inventory_entry.root_cg_set
  static let ownSet: UInt32 = 1

  private let options: CgroupOptions
  private let properties: CgroupPropertyNames
  private let freezer: FreezerCgroup?
  /// Of our own process, in the kernel's order.
  private let own: [CgroupMembership]
  private var sets: [Memberships] = []
  private var numbers: [Memberships: UInt32] = [:]
  /// Sets by what the kernel tells of a thread in them, where that is the same for all that tell it.
  private var numbersOfTexts: [[UInt8]: UInt32] = [:]
  /// The link of our own namespace.
  private let ownNamespace: String
  private var controllers: [CgControllerEntry] = []
  private var setOfThread: [Int32: UInt32] = [:]

  /// Before the freeze.
  init(_ options: CgroupOptions, freezer: FreezerCgroup?) throws(Failure) {
    self.options = options
    self.freezer = freezer
    properties = try CgroupPropertyNames(options)
    let text = try options.mode == .ignore ? [] : CgroupMembership.text(pid: currentPid(), thread: currentPid())
    own = CgroupMembership.all(in: text).filter { options.includes($0.hierarchy) }
    ownNamespace = try CgroupDump.namespace(of: currentPid())
    numbersOfTexts[text] = number(of: memberships(own, prefixes: [:]))
  }

  /// - Returns: The set of a thread; `nil` where cgroups are ignored.
  subscript(thread: Int32) -> UInt32? { setOfThread[thread] }

  /// - Throws: `EOPNOTSUPP` a task has another cgroup namespace than the root.
  func collect(_ tree: FrozenTree) throws(Failure) {
    if options.mode == .ignore { return }
    let namespace = try CgroupDump.namespace(of: tree.root.pid)
    let prefixes = try namespace == ownNamespace ? [:] : prefixes(of: tree.root)
    if namespace != ownNamespace { numbersOfTexts = [:] }
    for task in tree.tasks where !task.isZombie {
      guard try CgroupDump.namespace(of: task.pid) == namespace else {
        throw Failure(
          "dump the cgroup namespace", "of \(task.subject), which is another than that of pid \(tree.root.pid)",
          .notSupported, remedy: "All tasks of a tree must have one: dump the part below as a tree of its own.")
      }
      for thread in task.threads {
        let text = try CgroupMembership.text(pid: task.pid, thread: thread.tid)
        if numbersOfTexts[text] == nil {
          let lines = CgroupMembership.all(in: text).filter { options.includes($0.hierarchy) }
          numbersOfTexts[text] = number(of: memberships(lines, prefixes: prefixes))
        }
        setOfThread[thread.tid] = numbersOfTexts[text]
      }
    }
    if sets.count > 1 { try collectControllers() }
  }

  private static func namespace(of pid: Int32) throws(Failure) -> String { try readLink("/proc/\(pid)/ns/cgroup") }

  /// By hierarchy: how many bytes of a path are above the root of the task's namespace.
  private func prefixes(of root: FrozenTask) throws(Failure) -> [String: UInt32] {
    let inside = Dictionary(
      try CgroupMembership.seenByItself(pid: root.pid).map { ($0.hierarchy, $0.path.bytes) }, uniquingKeysWith: { $1 })
    var prefixes: [String: UInt32] = [:]
    for line in try CgroupMembership.all(pid: root.pid) {
      guard let own = inside[line.hierarchy], own != line.path.bytes else { continue }
      let tail = own == [UInt8(ascii: "/")] ? [] : own
      guard line.path.bytes.suffix(tail.count).elementsEqual(tail) else {
        throw Failure(
          "dump the cgroup namespace",
          "\(root.subject) sees \(FilePath(own)) where we see \(line.path) in \(line.hierarchy)", .notSupported,
          remedy: "The task has left the root of its namespace: move it below that.")
      }
      prefixes[line.hierarchy] = UInt32(line.path.bytes.count - tail.count)
    }
    return prefixes
  }

  private func memberships(_ lines: [CgroupMembership], prefixes: [String: UInt32]) -> Memberships {
    lines.map { line in
      CgMemberEntry {
        $0.name = line.hierarchy
        $0.path = String(lossless: line.path.bytes)
        $0.cgnsPrefix = prefixes[line.hierarchy]
      }
    }.sorted { $0.name < $1.name }
  }

  private func number(of set: Memberships) -> UInt32 {
    if let number = numbers[set] { return number }
    sets.append(set)
    numbers[set] = UInt32(sets.count)
    return UInt32(sets.count)
  }

  // MARK: Directories

  private func collectControllers() throws(Failure) {
    for line in own {
      let controllers = line.hierarchy.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let hierarchy = try CgroupHierarchy(line.hierarchy, yard: options.yard)
      let names = properties.names(for: controllers)
      var record = CgControllerEntry()
      record.cnames = controllers
      for root in roots(of: line.hierarchy, controllers) {
        let name = String(root.dropFirst())
        guard var directory = try CgroupDirectory.dump(root, named: name, of: hierarchy, properties: names) else { continue }
        if controllers == ["freezer"], let freezer {
          directory.properties.append(CgroupPropEntry {
            $0.name = "freezer.state"
            $0.value = freezer.wasFrozen ? "FROZEN" : "THAWED"
          })
        }
        record.dirs.append(directory)
      }
      record.isThreaded = record.dirs.contains(where: isThreaded)
      self.controllers.append(record)
    }
  }

  /// Where walks begin: none is below another.
  private func roots(of hierarchy: String, _ controllers: [String]) -> [String] {
    if let root = options.root(for: controllers) { return [root] }
    let paths = sets.dropFirst().compactMap { $0.first { $0.name == hierarchy }?.path }
    var roots: [String] = []
    for path in Set(paths).sorted() where !roots.contains(where: { path.belowCgroup($0) != nil }) { roots.append(path) }
    return roots
  }

  private func isThreaded(_ directory: CgroupDirEntry) -> Bool {
    directory.properties.contains { $0.name == "tasks" || $0.name == "cgroup.type" && $0.value == "threaded" }
      || directory.children.contains(where: isThreaded)
  }

  /// Nothing when all tasks are where we are.
  func write(to sink: any ImageSink) throws(Failure) {
    guard sets.count > 1 else { return }
    let record = CgroupEntry {
      $0.sets = sets.enumerated().dropFirst().map { index, members in
        CgSetEntry {
          $0.id = UInt32(index + 1)
          $0.ctls = members
        }
      }
      $0.controllers = controllers
    }
    try sink.write(records: [record], to: .cgroup)
  }
}

extension CgroupOptions {
  func includes(_ hierarchy: String) -> Bool { onlyControllers.isEmpty || onlyControllers.contains(hierarchy) }
}
