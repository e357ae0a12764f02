internal import Images
internal import Linux

/// A setting of a cgroup: a file in its directory (cgroup_prop_entry).
enum CgroupProperty {
  /// Lists of members: only their owner and permissions are carried.
  private static let lists: Set<String> = ["cgroup.procs", "tasks"]

  // MARK: Dump

  /// - Returns: `nil` where this kernel, or this cgroup, has no such file.
  static func read(_ name: String, in directory: FilePath) throws(Failure) -> CgroupPropEntry? {
    let path = directory.appending("/" + name)
    guard let status = try path.status() else { return nil }
    var value = ""
    if !lists.contains(name) {
      value = try readText(path.description)
      if value.last == "\n" { value.removeLast() }
    }
    // What is above any limit reads as the largest number, which cannot be written.
    if let number = UInt64(value), number >= UInt64(Int64.max) { value = "-1" }
    if name == "memory.oom_control" {
      let words = value.split { $0 == " " || $0 == "\n" }
      value = words.count > 1 && words[0] == "oom_kill_disable" ? String(words[1]) : "0"
    }
    return CgroupPropEntry {
      $0.name = name
      $0.value = value
      $0.perms = CgroupPerms(status)
    }
  }

  // MARK: Restore

  /// Cannot be set once the cgroup has members or children: set when its directory is made.
  static let early: Set<String> = [
    "cpuset.cpus", "cpuset.mems", "devices.list", "memory.kmem.limit_in_bytes", "memory.swappiness", "memory.oom_control",
    "memory.use_hierarchy", "cgroup.type",
  ]
  /// Would stop the tree while it is restored: set at the very end.
  static let last: Set<String> = ["freezer.state", "cgroup.freeze"]

  static func write(_ property: CgroupPropEntry, in directory: FilePath, _ subject: String, log: Log) throws(Failure) {
    try during("setting \(property.name) of the cgroup \(subject)") { () throws(Failure) in
      switch property.name {
      case "devices.list": try writeDevices(property, in: directory)
      case "net_prio.ifpriomap": try writePriorities(property, in: directory, log: log)
      case "cgroup.subtree_control": try writeSubtree(property, in: directory)
      default:
        let path = directory.appending("/" + property.name)
        try property.perms?.apply(to: path)
        guard !lists.contains(property.name), !isInitial(property) else { return }
        do throws(Failure) {
          try write(property.value, to: path)
        } catch {
          // Kernels that no longer limit it say so.
          guard error.errno == .notSupported, property.name == "memory.kmem.limit_in_bytes" else { throw error }
        }
      }
    }
  }

  /// What a new cgroup has anyway, and the kernel may refuse to be told.
  private static func isInitial(_ property: CgroupPropEntry) -> Bool {
    switch property.name {
    case "memory.swappiness": property.value == "60"
    case "memory.oom_control": property.value == "0"
    case "cgroup.type": property.value != "threaded"
    default: false
    }
  }

  /// All is denied, then what the list has is allowed, a line a write: the kernel reads no further.
  private static func writeDevices(_ property: CgroupPropEntry, in directory: FilePath) throws(Failure) {
    try write("a", to: directory.appending("/devices.deny"))
    for line in property.value.split(separator: "\n") {
      try write(String(line), to: directory.appending("/devices.allow"))
    }
  }

  /// A line a network device; 0 is what each has anyway. Devices may be others here.
  private static func writePriorities(_ property: CgroupPropEntry, in directory: FilePath, log: Log) throws(Failure) {
    let path = directory.appending("/" + property.name)
    try property.perms?.apply(to: path)
    for line in property.value.split(separator: "\n") where !line.hasSuffix(" 0") {
      do throws(Failure) { try write(String(line), to: path) } catch {
        log.warning("The priority of a network device is not set: \(line): \(error.summary)")
      }
    }
  }

  /// Controllers that are on and not wanted are turned off.
  private static func writeSubtree(_ property: CgroupPropEntry, in directory: FilePath) throws(Failure) {
    let path = directory.appending("/" + property.name)
    try property.perms?.apply(to: path)
    let present = Set(try readText(path.description).split { $0 == " " || $0 == "\n" })
    let wanted = property.value.split(separator: " ")
    let changes = present.subtracting(wanted).sorted().map { "-\($0)" } + wanted.filter { !present.contains($0) }.map { "+\($0)" }
    if !changes.isEmpty { try write(changes.joined(separator: " "), to: path) }
  }

  private static func write(_ text: String, to path: FilePath) throws(Failure) {
    try writeText(
      text, to: path.description, "set the property of the cgroup to \(text)",
      remedy: "This host refuses the value: give --manage-cgroups=none to leave properties alone, or set it in the images.")
  }
}

extension CgroupPerms {
  init(_ status: FileStatus) {
    self.init()
    mode = status.mode
    uid = status.uid
    gid = status.gid
  }

  /// Nothing is touched that is so already.
  func apply(to path: FilePath) throws(Failure) {
    guard let status = try path.status() else {
      throw Failure(
        "set the owner of the cgroup's file", path.description, .noEntry,
        remedy: "This host has no such property: give --manage-cgroups=none to leave properties alone.")
    }
    if status.uid != uid || status.gid != gid { try path.setOwner(uid: uid, gid: gid) }
    if status.mode & 0o7777 != mode & 0o7777 { try path.setPermissions(mode) }
  }
}
