internal import Images
internal import Linux

/// The names of unix sockets while they are restored: paths that a dump left behind are cleared away, those that had
/// been removed are there for as long as something is to be bound or connected to them, and what else stands there is
/// left alone.
final class UnixSocketNodes {
  /// Paths that were removed at the dump, and what is to happen at the end.
  private var borrowed: [FilePath: Borrowed] = [:]
  /// Nodes of sockets whose path was removed, out of each other's way: several may have had one path. By file id.
  private var moved: [UInt32: FilePath] = [:]
  /// Nodes to be given their owner and permissions.
  private var bound: [FilePath: FilePermsEntry] = [:]

  private struct Borrowed {
    /// Where something else at this path stands meanwhile.
    var aside: FilePath?
    /// Made for the path, outermost first.
    var directories: [FilePath] = []
  }

  // MARK: Before

  /// - Throws: `EADDRINUSE` a living socket, or something else than a socket, is at a path.
  func clear(for records: [UnixSkEntry]) throws(Failure) {
    var paths: [FilePath: UnixSkEntry] = [:]
    for record in records where UnixSocketName.isPath(record.name) {
      let path = UnixSocketNodes.absolutePath(record)
      if record.deleted == true { if paths[path] == nil { paths[path] = record } } else { paths[path] = record }
    }
    guard !paths.isEmpty else { return }
    let living = try UnixSocketTable.read().sockets.values.compactMap(\.node)
    for (path, record) in paths {
      if record.deleted == true {
        try borrow(path)
      } else if let status = try path.status() {
        guard status.format == .socket, !living.contains(where: { isNode($0, status) }) else {
          throw Failure(
            "bind the socket", "file \(record.id): \(path)", Errno.addressInUse,
            remedy: "Something else is there: stop what uses it, or move it away.")
        }
        try path.unlink()
      }
    }
  }

  private func isNode(_ node: UnixSocketDescription.Node, _ status: FileStatus) -> Bool {
    UInt64(node.inode) == status.inode & 0xffff_ffff && node.device == status.device
  }

  private func borrow(_ path: FilePath) throws(Failure) {
    var place = Borrowed()
    if try path.status() != nil {
      let aside = path.appending(".criu-aside")
      try path.rename(to: aside, remedy: "Check that the directory can be written.")
      place.aside = aside
    }
    var missing: [FilePath] = []
    var directory = path.parent
    while try directory.status(following: true) == nil {
      missing.append(directory)
      directory = directory.parent
    }
    for directory in missing.reversed() {
      try directory.makeDirectory(mode: 0o700, remedy: "Check that its parent can be written.")
      place.directories.append(directory)
    }
    borrowed[path] = place
  }

  // MARK: Meanwhile

  /// Sockets with a removed path are to be bound before one that has the same path still.
  func bind(_ socket: BorrowedFD, _ record: UnixSkEntry, _ subject: String) throws(Failure) {
    let path = UnixSocketNodes.absolutePath(record)
    try within(record) { () throws(Failure) in try socket.bind(to: .unix(record.name), subject) }
    guard UnixSocketName.isPath(record.name) else { return }
    if record.deleted == true {
      let aside = FilePath(path.parent.bytes + Array("/.criu-\(record.id)".utf8))
      try path.rename(to: aside, remedy: "Remove what an earlier restore left behind: \(aside).")
      moved[record.id] = aside
    } else if let permissions = record.filePerms {
      bound[path] = permissions
    }
  }

  /// - Parameter record: Of the socket that was bound.
  func connect(_ socket: BorrowedFD, to record: UnixSkEntry, _ subject: String) throws(Failure) {
    try within(record) { () throws(Failure) in try socket.connect(to: address(of: record), subject) }
  }

  /// Where a socket that was bound can be reached now.
  func address(of record: UnixSkEntry) -> SocketAddress {
    moved[record.id].map { .unix($0.bytes + [0]) } ?? .unix(record.name)
  }

  /// Takes the node away again, so that another socket can be bound there.
  func remove(_ record: UnixSkEntry) throws(Failure) {
    guard UnixSocketName.isPath(record.name), moved[record.id] == nil else { return }
    try UnixSocketNodes.absolutePath(record).unlink()
  }

  /// A relative name counts from the directory where it was bound. The task's working directory is restored later.
  func within(_ record: UnixSkEntry, _ body: () throws(Failure) -> Void) throws(Failure) {
    guard let directory = record.nameDir, UnixSocketName.isPath(record.name) else { return try body() }
    let remedy = "Make the directory again that was there at the dump."
    let before = try FilePath(".").open(flags: Int32(FileFlags.pathOnly), remedy: remedy)
    let place = try FilePath(directory.losslessBytes).open(flags: Int32(FileFlags.pathOnly), remedy: remedy)
    try place.borrowed().becomeWorkingDirectory(directory)
    let result = Result { () throws(Failure) in try body() }
    try before.borrowed().becomeWorkingDirectory("the one before")
    try result.get()
  }

  // MARK: After

  func finish() throws(Failure) {
    for (path, permissions) in bound {
      try path.setOwner(uid: permissions.uid, gid: permissions.gid)
      try path.setPermissions(permissions.mode)
    }
    for node in moved.values { try node.unlink() }
    for (path, place) in borrowed {
      for directory in place.directories.reversed() { try directory.unlink(directory: true) }
      if let aside = place.aside { try aside.rename(to: path, remedy: "Rename \(aside) by hand.") }
    }
  }

  private static func absolutePath(_ record: UnixSkEntry) -> FilePath {
    let path = UnixSocketName.path(record.name)
    guard path.bytes.first != UInt8(ascii: "/"), let directory = record.nameDir else { return path }
    return FilePath(directory.losslessBytes).appending("/").appending(path)
  }
}
