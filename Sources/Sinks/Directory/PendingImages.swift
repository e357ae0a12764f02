internal import Linux

/// Finished small images whose files are still to be made.
///
/// To create a file costs the kernel about 50 microseconds, ten times what it costs to write and close it, and a dump
/// makes hundreds. With a ring one kernel thread of ours creates them while the engine goes on; without one all are
/// created when the images are written. Either way no byte is written before the set is committed or the images that
/// are kept exceed a limit, so that the tree is not frozen for it.
final class PendingImages {
  private struct Pending {
    let image: DirectoryImage
    let bytes: [UInt8]
    /// Where the ring has opened the file, or -1.
    var descriptor: CInt = -1
  }

  /// Opens that are handed to the ring at once: enough to make its system call cheap, few enough to begin early.
  private static let batchCount = 16
  /// Images and bytes that are kept at most. The ring may hold a descriptor open for each image.
  static let limitCount = 128
  static let limitByteCount = 8 << 20

  private let calls: DirectoryCalls
  /// Takes `limitCount` calls at once.
  private let ring: Ring?
  private var images: [Pending] = []
  private var byteCount = 0

  init(calls: DirectoryCalls, ring: Ring?) {
    self.calls = calls
    self.ring = ring
    // Creations in one directory wait for each other: a second thread would only spin.
    ring?.limitWorkers(to: 1)
  }

  // Only closes what the ring has opened; in a process cloned from ours the ring refuses.
  deinit { abandon() }

  func contains(_ image: DirectoryImage) -> Bool { images.contains { $0.image === image } }

  /// Takes a finished image. Its creation is in the journal.
  func add(_ image: DirectoryImage, bytes: [UInt8], directory: borrowing OwnedFD) throws(Failure) {
    if images.count >= PendingImages.limitCount || byteCount >= PendingImages.limitByteCount {
      try write(in: directory)
    }
    if let ring {
      try calls.checkFault("create the image", image.fileName)
      let tag = UInt64(images.count)
      try directory.withRaw { (directory: CInt) throws(Failure) in
        try ring.queueOpen(
          image.fileName, in: directory, DirectoryCalls.creation, mode: DirectoryCalls.imageMode, tag: tag)
      }
    }
    images.append(Pending(image: image, bytes: bytes))
    byteCount += bytes.count
    if let ring, ring.unsubmittedCount >= PendingImages.batchCount { try ring.submit() }
  }

  /// Writes and closes all of them.
  func write(in directory: borrowing OwnedFD) throws(Failure) {
    try takeCompletions()
    for index in images.indices {
      let name = images[index].image.fileName
      let file = try openFile(index, in: directory)
      let bytes = images[index].bytes
      try bytes.span.bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Failure) in
        try calls.write(bytes, to: file, name)
      }
      try calls.close(file, name)
    }
    images.removeAll(keepingCapacity: true)
    byteCount = 0
  }

  /// The file as the ring has made it, or made now.
  private func openFile(_ index: Int, in directory: borrowing OwnedFD) throws(Failure) -> OwnedFD {
    let descriptor = images[index].descriptor
    guard descriptor >= 0 else { return try calls.create(images[index].image.fileName, in: directory) }
    images[index].descriptor = -1
    return OwnedFD(adopting: descriptor)
  }

  /// Waits until the ring makes no more files. What the images held is gone.
  func abandon() {
    // A ring that fails to wait has no more files to make: it is unusable, or belongs to another process.
    do throws(Failure) { try takeCompletions() } catch {}
    for index in images.indices where images[index].descriptor >= 0 {
      _ = OwnedFD(adopting: images[index].descriptor)
      images[index].descriptor = -1
    }
    images = []
    byteCount = 0
  }

  /// Takes the results of all opens that were queued; throws the first failure once all are in.
  private func takeCompletions() throws(Failure) {
    guard let ring else { return }
    try ring.submit()
    var first: Failure?
    while let completion = try ring.nextCompletion() {
      let index = Int(completion.tag)
      // Higher tags are syncs of a commit that was given up.
      guard index < images.count else { continue }
      if let errno = Errno(result: completion.result) {
        first = first ?? calls.failure("create the image", images[index].image.fileName, errno)
      } else {
        images[index].descriptor = CInt(completion.result)
      }
    }
    if let first { throw first }
  }
}
