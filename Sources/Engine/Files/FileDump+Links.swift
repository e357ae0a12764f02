internal import Images
internal import Linux

extension FileDump {
  /// The program of a task (/proc/PID/exe): its id for mm_entry.exe_file_id.
  func programID(of task: FrozenTask) throws(Failure) -> UInt32 {
    try regularID(of: try Descriptor.open("exe", of: task))
  }

  /// A file that a task maps.
  ///
  /// - Parameter range: "START-END" in hexadecimal, as in /proc/PID/map_files.
  func mappedFileID(of task: FrozenTask, range: String) throws(Failure) -> UInt32 {
    try regularID(of: try Descriptor.open("map_files/" + range, of: task))
  }

  /// Working directory, root and umask: the record fs-PID.img.
  ///
  /// - Parameter umask: `Umask` of /proc/PID/status.
  func filesystemState(of task: FrozenTask, umask: UInt32) throws(Failure) -> FsEntry {
    let workingDirectory = try regularID(of: try Descriptor.open("cwd", of: task))
    let root = try regularID(of: try Descriptor.open("root", of: task))
    return FsEntry {
      $0.cwdId = workingDirectory
      $0.rootId = root
      $0.umask = umask
    }
  }

  private func regularID(of descriptor: Descriptor) throws(Failure) -> UInt32 {
    try id(ofFileWithoutNumber: descriptor).id
  }
}
