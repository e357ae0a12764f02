internal import Linux

/// The files that a tree had mapped just before the freeze: their names and build ids. In the freeze, a name that still is
/// one of the same unchanged file costs one call, and to find it out eight.
struct ForeseenMappedFiles {
  /// A file as mappings name it.
  struct Key: Hashable {
    let deviceMajor, deviceMinor: UInt32
    let inode: UInt64

    init(_ entry: MapsEntry) {
      deviceMajor = entry.deviceMajor
      deviceMinor = entry.deviceMinor
      inode = entry.inode
    }
  }

  struct File: Hashable {
    let path: FilePath
    let status: FileStatus
    let buildID: [UInt32]
  }

  private var files: [Key: File] = [:]

  init() {}

  /// - Parameter pids: Of tasks that run. What is gone, or cannot be read, is left out.
  init(of pids: some Sequence<Int32>) {
    for pid in pids {
      for entry in ifThere({ () throws(Failure) in try MapsFile.maps.read(pid: pid) }) ?? [] where entry.name == .path {
        let key = Key(entry)
        guard files[key] == nil else { continue }
        files[key] = ifThere { () throws(Failure) in try ForeseenMappedFiles.look(at: entry, of: pid) } ?? nil
      }
    }
  }

  private static func look(at entry: MapsEntry, of pid: Int32) throws(Failure) -> File? {
    let link = FilePath(MapFilesLink(pid: pid, range: entry.range).description)
    let path = try link.readLink(remedy: "")
    guard let status = try path.status(), status.format == .regular, status.device == entry.device,
      status.inode == entry.inode
    else { return nil }
    return File(
      path: path, status: status,
      buildID: BuildID.isPossible(status) ? try BuildID.read(named: "\(path)", from: path) : [])
  }

  /// - Returns: `nil` where nothing was foreseen of the mapping's file, or it is not so any more.
  func file(of entry: MapsEntry) throws(Failure) -> File? {
    guard let file = files[Key(entry)], let now = try file.path.status(), now.isUnchanged(since: file.status) else {
      return nil
    }
    return file
  }
}

extension MapsEntry {
  fileprivate var device: DeviceNumber { DeviceNumber(major: deviceMajor, minor: deviceMinor) }
}

extension FileStatus {
  fileprivate func isUnchanged(since before: FileStatus) -> Bool {
    isSameInode(as: before) && mountID == before.mountID && modified == before.modified && byteCount == before.byteCount
      && mode == before.mode && linkCount == before.linkCount
  }
}
