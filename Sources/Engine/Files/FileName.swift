internal import Images
internal import Linux

/// How a restore is to find a file by path, and what is done when it has none.
enum FileName {
  private static let deleted = " (deleted)"

  /// The path of a file for its record. Where no path names it any more, its contents or a new link go into the set,
  /// with a remap record for `id`.
  static func find(of descriptor: Descriptor, id: UInt32, in dump: FileDump) throws(Failure) -> FilePath {
    if try isForeseen(of: descriptor, in: dump), let known = dump.states[KnownFiles.self].name(of: descriptor) {
      return known
    }
    let link = try descriptor.link()
    guard link.bytes.first == UInt8(ascii: "/") else {
      throw Failure(
        "dump the file", "\(descriptor.subject): \(link)", .notSupported,
        remedy: "This kind of file cannot be saved: have the program close it before the dump.")
    }
    if let named = try link.status(), named.isSameInode(as: descriptor.status) {
      dump.states[KnownFiles.self].note(link, of: descriptor)
      return link
    }
    let path = link.dropping(suffix: deleted)
    if path == "/secretmem", descriptor.status.linkCount == 1, descriptor.status.device.major == 0 {
      throw Failure(
        "dump the secret memory", "\(descriptor.subject): memfd_secret(2)", .notSupported,
        remedy: "Nobody but the program can read it: have the program close and unmap it before the dump.")
    }
    // Only the directory of a dead process is marked as deleted.
    if let pid = try DeadProcessFiles.pid(of: path ?? link, descriptor.status) {
      dump.append(
        RemapFilePathEntry {
          $0.origId = id
          $0.remapId = pid
          $0.remapType = .procfs
        })
      return path ?? link
    }
    if let path, isUnlinked(descriptor.status) {
      let ghost = try dump.states[GhostDump.self].number(of: descriptor, path: path, options: dump.options)
      dump.append(
        RemapFilePathEntry {
          $0.origId = id
          $0.remapId = ghost
          $0.remapType = .ghost
        })
      return path
    }
    guard let path else {
      throw Failure(
        "dump the file", "\(descriptor.subject): \(link) names another file now", .notSupported,
        remedy: "Something was mounted or renamed over it: undo that, or declare it with --external file[mnt:inode].")
    }
    let otherLink = try dump.states[LinkRemaps.self].id(for: descriptor, removedFrom: path, in: dump)
    dump.append(
      RemapFilePathEntry {
        $0.origId = id
        $0.remapId = otherLink
        $0.remapType = .linked
      })
    return path
  }

  /// Whether the path is known already, or was foreseen and is the file's still, which is known then.
  static func isForeseen(of descriptor: Descriptor, in dump: FileDump) throws(Failure) -> Bool {
    if dump.states[KnownFiles.self].name(of: descriptor) != nil { return true }
    guard let foreseen = try descriptor.foreseenName(dump.foreseen) else { return false }
    dump.states[KnownFiles.self].note(foreseen, of: descriptor)
    return true
  }

  /// A removed directory keeps a link count of 2 on some file systems.
  private static func isUnlinked(_ status: FileStatus) -> Bool {
    status.linkCount == 0 || status.format == .directory
  }
}
