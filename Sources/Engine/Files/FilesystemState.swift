internal import Images
internal import Linux

extension FileRestore {
  /// Umask, root and working directory of this task: after every file with a path was opened, since a new root changes
  /// what paths mean.
  func restoreFilesystemState() throws(Failure) {
    guard let state = holder.filesystem else { return }
    let subject = holder.subject
    let pathOnly = FileFlags.pathOnly | FileFlags.directory
    let workingDirectory = try during("entering the directory of \(subject)") { () throws(Failure) in
      try open(regularFile: state.cwdId, flags: pathOnly)
    }
    let root = try plan.regularFile(state.rootId)
    if root.name != "/" {
      try during("changing the root of \(subject)") { () throws(Failure) in
        let directory = try open(regularFile: state.rootId, flags: pathOnly)
        try directory.borrowed().becomeWorkingDirectory(root.name)
        try enterRootHere()
      }
    }
    let name = try plan.regularFile(state.cwdId).name
    try workingDirectory.borrowed().becomeWorkingDirectory(name)
    if let umask = state.umask { setCreationMask(umask) }
  }
}
