internal import Linux
internal import Streams

/// A file without a name that has zeros where pages will come, made while the tree still runs.
///
/// Over pages that the page cache has, a GiB goes in 0.10 s by write(2) and 0.15 s by splice(2); to make them takes as
/// long once more, and is no work for the freeze (ext4, 6.18: 0.21 and 0.26 s). No more is made than the kernel holds
/// without beginning to write it to the disk: nothing is to go there twice.
final class PreparedPages {
  private var file: OwnedFD?
  let byteCount: Int

  /// Large ones are slower: see `PageReading`.
  private static let pieceByteCount = 256 << 10

  /// - Returns: `nil` where the file system has no files without names, or no room: the dump itself says so when it really
  ///   wants more than there is.
  init?(byteCount: Int, in directory: borrowing OwnedFD, _ calls: DirectoryCalls) throws(Failure) {
    let most = min(byteCount, try PreparedPages.room())
    guard most >= PreparedPages.pieceByteCount, calls.fault?("prepare the image", calls.path) == nil else { return nil }
    let opened = directory.withRaw { File.open(".", in: $0, [.unnamed, .writeOnly], mode: DirectoryCalls.imageMode) }
    guard opened >= 0 else { return nil }
    let file = OwnedFD(adopting: CInt(opened))
    self.byteCount = most
    let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: PreparedPages.pieceByteCount, alignment: 4096)
    defer { zeros.deallocate() }
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
    var done = 0
    while done < most {
      let piece = UnsafeRawBufferPointer(rebasing: zeros[..<min(zeros.count, most - done)])
      let written = file.withRaw { File.write($0, at: done, piece) }
      if Errno(result: written) == .interrupted { continue }
      guard written > 0 else { return nil }
      done += written
    }
    self.file = consume file
  }

  /// Gives the file the name of an image that is not there. Once.
  func publish(as name: String, in directory: borrowing OwnedFD, _ calls: DirectoryCalls) throws(Failure) -> OwnedFD {
    let file = file.take()!
    try file.withRaw { (raw: CInt) throws(Failure) in
      try directory.withRaw { (directory: CInt) throws(Failure) in
        _ = try calls.check("create the image", name) { File.name(raw, name, in: directory) }
      }
    }
    return file
  }

  /// Bytes: what the kernel holds before it begins to write to the disk, and a quarter of what can be had.
  private static func room() throws(Failure) -> Int {
    let threshold = try number(after: "nr_dirty_background_threshold", in: "/proc/vmstat") ?? 0
    let dirty = try number(after: "nr_dirty", in: "/proc/vmstat") ?? 0
    return min(max(threshold - dirty, 0) * pageSize, try availableMemory() / 4)
  }
}
