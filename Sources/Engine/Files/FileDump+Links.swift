internal import Images
internal import Linux

extension FileDump {
  /// The program of a task (/proc/PID/exe): its id for mm_entry.exe_file_id.
  func programID(of task: FrozenTask) throws(Failure) -> UInt32 {
    try regularID(of: try Descriptor.behind("exe", of: task))
  }

  /// Working directory, root and umask: the record fs-PID.img.
  ///
  /// - Parameter umask: `Umask` of /proc/PID/status.
  func filesystemState(of task: FrozenTask, umask: UInt32) throws(Failure) -> FsEntry {
    let workingDirectory = try regularID(of: try Descriptor.behind("cwd", of: task))
    let root = try regularID(of: try Descriptor.behind("root", of: task))
    return FsEntry {
      $0.cwdId = workingDirectory
      $0.rootId = root
      $0.umask = umask
    }
  }

  fileprivate func regularID(of descriptor: Descriptor) throws(Failure) -> UInt32 {
    try id(ofFileWithoutNumber: descriptor).id
  }
}

extension FileDump: MappedFiles {
  func fileID(of mapping: Mapping, in task: FrozenTask) throws(Failure) -> UInt32 {
    let name = MappedFileName(
      mountNamespace: mountNamespaces[task.pid], deviceMajor: mapping.entry.deviceMajor,
      deviceMinor: mapping.entry.deviceMinor, inode: mapping.entry.inode)
    if name.mountNamespace != nil, let known = mappedFiles[name] { return known }
    let id = try openedID(of: mapping, in: task)
    mappedFiles[name] = id
    return id
  }

  private func openedID(of mapping: Mapping, in task: FrozenTask) throws(Failure) -> UInt32 {
    let link = MapFilesLink(pid: task.pid, range: mapping.range)
    if let foreseen = try foreseen.mapped.file(of: mapping.entry) {
      let descriptor = Descriptor.foreseen(foreseen, behind: link, of: task)
      states[KnownFiles.self].note(foreseen, of: descriptor)
      return try regularID(of: descriptor)
    }
    if MapFilesLink.canBeFollowed { return try regularID(of: try Descriptor.behind(link, of: task)) }
    let (device, inode) = (
      DeviceNumber(major: mapping.entry.deviceMajor, minor: mapping.entry.deviceMinor), mapping.entry.inode
    )
    if let named = try Descriptor.named(link, of: task, device, inode: inode) { return try regularID(of: named) }
    if let open = id(ofOpenFile: inode, on: device) { return open }
    throw Failure(
      "find the mapped file", "\(mapping.subject(of: task.subject)): \(try link.target())", .notPermitted,
      remedy: """
        It was removed, or something else has its path, and only who has CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE in the \
        first user namespace may open it by its mapping: run criu there, or start the program anew.
        """)
  }

  func packetSocketID(of mapping: Mapping, in task: FrozenTask) throws(Failure) -> UInt32 {
    if let id = states[PacketSocketDump.self].ids[UInt32(truncatingIfNeeded: mapping.entry.inode)] { return id }
    throw Failure(
      "dump the memory", "\(mapping.subject(of: task.subject)): the rings of a packet socket that was closed",
      .notSupported, remedy: "Let the program unmap them before the dump.")
  }

  func memfdID(_ entry: MemfdFileEntry) throws(Failure) -> UInt32 {
    let id = takeID()
    append(
      FileEntry {
        $0.type = .memfd
        $0.id = id
        $0.memfd = entry
        $0.memfd?.id = id
      })
    return id
  }
}
