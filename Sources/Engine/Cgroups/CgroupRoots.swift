internal import Images
internal import Linux

extension CgroupEntry {
  /// Puts the cgroups of each hierarchy below the root that the user wants for it (--cgroup-root).
  mutating func moveRoots(_ options: CgroupOptions) {
    for (index, controller) in controllers.enumerated() {
      guard let root = options.root(for: controller.cnames) else { continue }
      let name = controller.cnames.joined(separator: ",")
      for (position, directory) in controller.dirs.enumerated() {
        let old = "/" + directory.dirName
        var moved = old
        for set in sets.indices {
          for member in sets[set].ctls.indices {
            if let target = sets[set].ctls[member].move(name, from: old, to: root) { moved = target }
          }
        }
        controllers[index].dirs[position].dirName = String(moved.dropFirst())
      }
    }
  }
}

extension CgMemberEntry {
  /// What the namespace's own root is in this hierarchy: here, where it has none of its own.
  var namespaceRoot: CgMemberEntry {
    var root = self
    guard let prefix = cgnsPrefix, prefix > 0 else { return root }
    root.path = String(lossless: path.losslessBytes.prefix(Int(prefix)))
    return root
  }

  /// - Returns: Where the directory `old` is then; `nil` when this is not below it.
  fileprivate mutating func move(_ hierarchy: String, from old: String, to root: String) -> String? {
    guard name == hierarchy, let below = path.belowCgroup(old) else { return nil }
    // Of a namespace, only what is outside of it is replaced.
    guard let prefix = cgnsPrefix, prefix > 0 else {
      path = root.appending(cgroup: below)
      return root
    }
    let outside = namespaceRoot.path
    path = root.appending(cgroup: path.belowCgroup(outside) ?? "")
    cgnsPrefix = UInt32(root.utf8.count)
    return root.appending(cgroup: old.belowCgroup(outside) ?? "")
  }
}
