internal import Images
internal import Linux

/// Where the path of a unix socket leads: whether it still names the socket, whose it is, and for a relative one, where
/// it starts from.
enum UnixSocketName {
  static func isPath(_ name: [UInt8]) -> Bool { name.first.map { $0 != 0 } ?? false }

  /// Without the final NUL that the kernel counts.
  static func path(_ name: [UInt8]) -> FilePath { FilePath(name.prefix { $0 != 0 }) }

  /// Where the socket was bound, whatever the working directory is.
  static func absolutePath(_ record: UnixSkEntry) -> FilePath {
    let path = path(record.name)
    guard path.bytes.first != UInt8(ascii: "/"), let directory = record.nameDir else { return path }
    return FilePath(directory.losslessBytes).appending("/").appending(path)
  }

  /// Where what stands at a socket's path is meanwhile.
  static func aside(_ path: FilePath) -> FilePath { path.appending(".criu-aside") }

  /// Where a socket whose path was removed stands during a restore.
  static func pathAside(_ record: UnixSkEntry) -> FilePath {
    FilePath(absolutePath(record).parent.bytes + Array("/.criu-\(record.id)".utf8))
  }

  static func describe(
    _ description: UnixSocketDescription, of descriptor: Descriptor, in record: inout UnixSkEntry
  ) throws(Failure) {
    guard isPath(description.name) else { return }
    let path = path(description.name)
    if path.bytes.first == UInt8(ascii: "/") {
      let status = try FilePath("/proc/\(descriptor.task.pid)/root").appending(path).status()
      describe(status, description, in: &record)
      return
    }
    for place in ["cwd", "root"] {
      let directory = FilePath("/proc/\(descriptor.task.pid)/\(place)")
      guard let status = try directory.appending("/").appending(path).status(),
        description.node?.isNode(status) == true
      else {
        continue
      }
      record.nameDir = String(
        lossless: try directory.readLink(remedy: "Run as root, and see that /proc shows the task (hidepid).").bytes)
      describe(status, description, in: &record)
      return
    }
    if let bound = try boundPath(of: descriptor), let directory = bound.dropping(suffix: "/\(path)") {
      record.nameDir = String(lossless: (directory.bytes.isEmpty ? "/" : directory).bytes)
      describe(try bound.status(), description, in: &record)
      return
    }
    throw Failure(
      "find where the socket is bound", "\(descriptor.subject): the relative path \(path)", .notSupported,
      remedy: "Have the program bind an absolute path, or stay in the directory where it bound this one.")
  }

  /// Where the socket was bound, also when its path was removed since; `nil` without CAP_NET_ADMIN.
  private static func boundPath(of descriptor: Descriptor) throws(Failure) -> FilePath? {
    guard let node = try descriptor.file.openBoundNode() else { return nil }
    let link = try WatchedInodes.magicLink(node.borrowed()).readLink(remedy: "See that /proc is mounted.")
    return link.dropping(suffix: " (deleted)") ?? link
  }

  private static func describe(
    _ status: FileStatus?, _ description: UnixSocketDescription, in record: inout UnixSkEntry
  ) {
    guard let status, description.node?.isNode(status) == true else {
      record.deleted = true
      return
    }
    record.filePerms = FilePermsEntry {
      $0.mode = status.mode
      $0.uid = status.uid
      $0.gid = status.gid
    }
  }
}

extension UnixSocketDescription.Node {
  /// - Parameter status: Of what stands at the socket's path.
  func isNode(_ status: FileStatus) -> Bool {
    UInt64(inode) == status.inode & 0xffff_ffff && device == status.device && status.format == .socket
  }
}

extension FilePath {
  func appending(_ path: FilePath) -> FilePath { FilePath(bytes + path.bytes) }
}
