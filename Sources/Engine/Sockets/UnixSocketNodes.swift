internal import Images
internal import Linux

/// The nodes of unix sockets while a task binds them: those whose path had been removed stand next to it, for as long
/// as something is to be connected to them.
///
/// `UnixSocketPaths` has made room for them.
final class UnixSocketNodes {
  /// Nodes of sockets whose path was removed, out of each other's way: several may have had one path. By file id.
  private var moved: [UInt32: FilePath] = [:]
  /// Nodes to be given their owner and permissions.
  private var bound: [FilePath: FilePermsEntry] = [:]

  func bind(_ socket: BorrowedFD, _ record: UnixSkEntry, _ subject: String) throws(Failure) {
    func bind() throws(Failure) {
      try within(record) { () throws(Failure) in try socket.bind(to: .unix(record.name), subject) }
    }
    guard UnixSocketName.isPath(record.name) else { return try bind() }
    let path = UnixSocketName.absolutePath(record)
    guard record.deleted == true else {
      try bind()
      if let permissions = record.filePerms { bound[path] = permissions }
      return
    }
    // Another file may have the path by now: it is away for a few calls.
    let isTaken = try path.status() != nil
    let place = UnixSocketName.aside(path)
    if isTaken { try path.rename(to: place, remedy: "Check that the directory can be written.") }
    try bind()
    let aside = UnixSocketName.pathAside(record)
    // Not renamed: the next dump learns from the node where the socket was bound.
    try path.link(to: aside, remedy: "Remove what an earlier restore left behind: \(aside).")
    try path.unlink()
    moved[record.id] = aside
    if isTaken { try place.rename(to: path, remedy: "Rename \(place) by hand.") }
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
    try UnixSocketName.absolutePath(record).unlink()
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

  func finish() throws(Failure) {
    for (path, permissions) in bound {
      try path.setOwner(uid: permissions.uid, gid: permissions.gid)
      try path.setPermissions(permissions.mode)
    }
    for node in moved.values { try node.unlink() }
  }
}
