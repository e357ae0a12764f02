public import Linux
internal import Streams

/// Bringing a set to the disk.
extension DirectorySink {
  /// Files that are open for it at once.
  private static let syncCount = 64
  /// Kernel threads that sync. One commit of the file system's journal serves all that wait for it: 200 small files
  /// take 8 ms so, and 16 one after the other.
  private static let syncWorkerCount: UInt32 = 8

  /// fsync(2) of each file. Errors of delayed writes show here.
  func sync(_ names: [String]) throws(Failure) {
    ring?.limitWorkers(to: DirectorySink.syncWorkerCount)
    var start = 0
    while start < names.count {
      let end = min(start + DirectorySink.syncCount, names.count)
      try syncGroup(names[start..<end])
      start = end
    }
  }

  /// fsync(2) of every image in the directory, whoever wrote it, and of the directory.
  public func syncSet() throws(Failure) {
    let images = try names(inDirectory: path).filter { file in
      ImageName(file).flatMap(ImageKind.of) != nil || file.hasSuffix(ZstdFormat.suffix)
        || file == Manifest.name.description
    }
    try sync(images)
    try syncDirectory()
  }

  private func syncGroup(_ names: ArraySlice<String>) throws(Failure) {
    var files: [HeldFile] = []
    for name in names {
      let file = try directory.withRaw { (directory: CInt) throws(Failure) in
        HeldFile(name, OwnedFD(adopting: CInt(try calls.check("open the image to sync it", name) {
          File.open(name, in: directory, .readOnly)
        })))
      }
      // Only a start, which some file systems do not offer: fsync waits for all of it and reports its errors.
      _ = file.descriptor.withRaw { File.startSync($0) }
      files.append(file)
    }
    guard let ring else {
      for file in files {
        try file.descriptor.withRaw { (raw: CInt) throws(Failure) in
          _ = try calls.check("sync the image", file.name) { File.sync(raw) }
        }
      }
      return
    }
    try sync(files, with: ring)
  }

  private func sync(_ files: [HeldFile], with ring: Ring) throws(Failure) {
    for file in files { try calls.checkFault("sync the image", file.name) }
    for (index, file) in files.enumerated() {
      let tag = PendingImages.syncTag + UInt64(index)
      try file.descriptor.withRaw { (raw: CInt) throws(Failure) in try ring.queueSync(raw, tag: tag) }
    }
    try ring.submit()
    var first: Failure?
    while let completion = try ring.nextCompletion() {
      guard let errno = Errno(result: completion.result) else { continue }
      first = first ?? calls.failure("sync the image", files[Int(completion.tag - PendingImages.syncTag)].name, errno)
    }
    if let first { throw first }
  }

  /// fsync(2) of the directory: the names in it.
  func syncDirectory() throws(Failure) {
    try directory.withRaw { (directory: CInt) throws(Failure) in
      _ = try calls.check("sync the directory", ".") { File.sync(directory) }
    }
  }
}

/// A descriptor that can be kept in an array.
private final class HeldFile {
  let name: String
  let descriptor: OwnedFD

  init(_ name: String, _ descriptor: consuming OwnedFD) {
    self.name = name
    self.descriptor = descriptor
  }
}
