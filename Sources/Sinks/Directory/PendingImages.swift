internal import Linux

/// Finished small images whose files are still to be made.
///
/// To create a file costs the kernel 16 to 50 microseconds, several times what it costs to write and close it, and a
/// dump makes hundreds. With a ring one kernel thread of ours creates them while the engine goes on; without one they
/// are created when they are written. That is when the set is committed, or the images that are kept exceed a limit.
///
/// Measured for 200 images on an idle machine of 2 processors, ext4: plain calls 0.3 ms as they come and 3.4 ms at the
/// commit; with a ring 1.3 and 0.5. Where no processor is idle, the kernel's thread takes its time from ours instead.
final class PendingImages: RemembersFailure {
  private struct Pending {
    let image: DirectoryImage
    let bytes: [UInt8]
  }

  /// Calls that the ring is to take at once. Each holds a descriptor open from when its file is made to when we look.
  static let ringCapacity = 128
  /// The ring's tags of opens are indexes of `images`; those of syncs begin here.
  static let syncTag: UInt64 = 1 << 32
  /// Opens that are handed to the ring at once: enough to make its system call cheap, few enough to begin early.
  private static let batchCount = 16
  /// Bytes that are kept at most.
  private static let limitByteCount = 8 << 20

  private let calls: DirectoryCalls
  private let ring: Ring?
  private var images: [Pending] = []
  private var byteCount = 0
  /// How many of `images` were handed to the ring.
  private var ringCount = 0
  /// What went wrong first: from then on images are missing, and nothing may be committed.
  var failure: Failure?

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
    images.append(Pending(image: image, bytes: bytes))
    byteCount += bytes.count
    guard byteCount < PendingImages.limitByteCount else { return try write(in: directory) }
    guard let ring else { return }
    try remember { () throws(Failure) in
      try handOver(ring, directory)
      if ring.unsubmittedCount >= PendingImages.batchCount { try ring.submit() }
      if ring.isFull {
        while let made = try ring.nextCompletion(waiting: false) { try write(made) }
      }
    }
  }

  /// Writes and closes all of them.
  func write(in directory: borrowing OwnedFD) throws(Failure) {
    try remember { () throws(Failure) in
      if let ring {
        // While we write one file the next ones are made.
        repeat {
          try handOver(ring, directory)
          try ring.submit()
          guard let made = try ring.nextCompletion() else { break }
          try write(made)
        } while true
      } else {
        for pending in images { try write(pending, to: try calls.create(pending.image.fileName, in: directory)) }
      }
    }
    images.removeAll(keepingCapacity: true)
    byteCount = 0
    ringCount = 0
  }

  /// Waits until the ring makes no more files. What the images held is gone.
  func abandon() {
    guard let ring else { return }
    // A ring that fails to wait makes no files either: it is unusable, or belongs to another process.
    do throws(Failure) {
      while let made = try ring.nextCompletion() {
        if made.tag < PendingImages.syncTag, made.result >= 0 { _ = OwnedFD(adopting: CInt(made.result)) }
      }
    } catch {}
  }

  /// Queues the opens of as many images as the ring takes.
  private func handOver(_ ring: Ring, _ directory: borrowing OwnedFD) throws(Failure) {
    while ringCount < images.count, !ring.isFull {
      let name = images[ringCount].image.fileName
      try calls.checkFault("create the image", name)
      try directory.withRaw { (directory: CInt) throws(Failure) in
        try ring.queueOpen(
          name, in: directory, DirectoryCalls.creation, mode: DirectoryCalls.imageMode, tag: UInt64(ringCount))
      }
      ringCount += 1
    }
  }

  /// Writes the image whose file the ring has made, or failed to make.
  private func write(_ made: Ring.Completion) throws(Failure) {
    let pending = images[Int(made.tag)]
    if let errno = Errno(result: made.result) {
      throw calls.failure("create the image", pending.image.fileName, errno)
    }
    try write(pending, to: OwnedFD(adopting: CInt(made.result)))
  }

  private func write(_ pending: Pending, to file: consuming OwnedFD) throws(Failure) {
    try withBytes(of: pending.bytes) { (bytes) throws(Failure) in
      try calls.write(bytes, to: file, pending.image.fileName)
    }
    try calls.close(file, pending.image.fileName)
  }
}
