internal import Images
internal import Linux

extension FileGroup {
  /// Makes the files one by one, for kinds whose files have nothing to do with each other.
  func makeEach(_ make: (FileEntry) throws(Failure) -> OwnedFD) throws(Failure) -> [MadeFile] {
    var files: [MadeFile] = []
    for entry in entries {
      files.append(MadeFile(key: entry.key, descriptor: try make(entry).release()))
    }
    return files
  }
}
