internal import Images
internal import Linux
internal import Streams

/// The directory of a cgroup, and those below it (cgroup_dir_entry).
enum CgroupDirectory {
  // MARK: Dump

  /// - Parameters:
  ///   - cgroup: "/a/b".
  ///   - name: Of its record: its path without the first slash, or what its parent calls it.
  ///   - properties: The names of those that are carried.
  /// - Returns: `nil` where it is gone.
  static func dump(
    _ cgroup: String, named name: String, of hierarchy: CgroupHierarchy, properties: [String]
  ) throws(Failure) -> CgroupDirEntry? {
    let path = hierarchy.path(of: cgroup)
    guard let status = try path.status(following: true) else { return nil }
    var record = CgroupDirEntry {
      $0.dirName = name
      $0.dirPerms = CgroupPerms(status)
    }
    for property in properties {
      if let property = try CgroupProperty.read(property, in: path) { record.properties.append(property) }
    }
    for child in try path.names(remedy: "Dump as root.") {
      let name = String(lossless: child)
      guard try hierarchy.path(of: cgroup.appending(cgroup: name)).status()?.format == .directory else { continue }
      let child = try dump(cgroup.appending(cgroup: name), named: name, of: hierarchy, properties: properties)
      if let child { record.children.append(child) }
    }
    return record
  }

  // MARK: Restore

  /// Properties that are to be set once the tasks are in.
  struct Pending {
    let hierarchy: CgroupHierarchy
    let cgroup: String
    let properties: [CgroupPropEntry]
  }

  /// Makes what is missing, as the mode says.
  ///
  /// - Parameter parent: The cgroup that the record's name starts from.
  /// - Throws: `ENOENT` it must be there, `EEXIST` it must not.
  static func make(
    _ record: CgroupDirEntry, below parent: String, of hierarchy: CgroupHierarchy, mode: CgroupMode,
    journal: any Journal, log: Log
  ) throws(Failure) -> [Pending] {
    let names = record.dirName.split(separator: "/")
    let cgroup = names.reduce(parent) { $0.appending(cgroup: $1) }
    let path = hierarchy.path(of: cgroup)
    let exists = try path.status() != nil
    if exists, mode == .strict, cgroup != "/" {
      throw Failure(
        "make the cgroup", hierarchy.subject(cgroup), .exists,
        remedy: "Remove it, give another root with --cgroup-root, or another --manage-cgroups mode than strict.")
    }
    if !exists {
      guard mode != .none, mode != .properties else {
        throw Failure(
          "find the cgroup", hierarchy.subject(cgroup), .noEntry,
          remedy: "Make it first, or let it be made with --manage-cgroups=soft or full.")
      }
      var made = parent
      for name in names {
        made = made.appending(cgroup: name)
        if try hierarchy.path(of: made).status() == nil { try makeOne(made, of: hierarchy, journal: journal) }
      }
    }
    if mode != .none, cgroup != "/" { try record.dirPerms?.apply(to: path) }
    if !exists {
      for property in record.properties where CgroupProperty.early.contains(property.name) {
        try CgroupProperty.write(property, in: path, hierarchy.subject(cgroup), log: log)
      }
    }
    var pending: [Pending] = []
    if cgroup != "/", !exists || mode == .full || mode == .properties {
      pending.append(Pending(
        hierarchy: hierarchy, cgroup: cgroup,
        properties: record.properties.filter { !CgroupProperty.early.contains($0.name) }))
    }
    for child in record.children {
      pending += try make(child, below: cgroup, of: hierarchy, mode: mode, journal: journal, log: log)
    }
    return pending
  }

  private static func makeOne(_ cgroup: String, of hierarchy: CgroupHierarchy, journal: any Journal) throws(Failure) {
    _ = try journal.enter(.cgroupMade(hierarchy: hierarchy.name, path: FilePath(cgroup.losslessBytes).description))
    let path = hierarchy.path(of: cgroup)
    try path.makeDirectory(mode: 0o755, remedy: "Restore as root; see what limits the cgroup above (cgroup.max.depth).")
    // With none, no task may enter.
    for name in ["/cpuset.cpus", "/cpuset.mems"] where hierarchy.name.split(separator: ",").contains("cpuset") {
      let value = try readText(path.parent.appending(name).description)
      try writeText(
        value, to: path.appending(name).description, "give the cgroup the processors and memory of its parent",
        remedy: "See cpuset.cpus and cpuset.mems of the cgroup above.")
    }
  }
}
