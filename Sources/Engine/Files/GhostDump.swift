internal import Images
internal import Linux
internal import Streams

/// Files without a name, whose contents go into the set.
final class GhostDump: KindState {
  /// From this size on, data is stored in chunks with its offsets, so that holes stay holes.
  static let chunkedFromByteCount: UInt64 = 3 * 4096

  private struct Inode: Hashable {
    var device: DeviceNumber
    var inode: UInt64
  }

  struct Ghost {
    var record: GhostFileEntry
    /// One extent from 0 when the record is not chunked; `nil` for what has no contents.
    var contents: GhostContents?
  }

  /// ghost-file-1 first.
  private(set) var ghosts: [Ghost] = []
  /// Of the ghosts, those whose files are open until they are written.
  private var openCount = 0
  /// Larger ones are left to be read as they are written.
  private static let keptByteCount = 64 << 10
  /// The limit of descriptors may be low, and many files may be removed: of more than these, contents are held.
  private static let openLimit = 64
  private var numbers: [Inode: UInt32] = [:]

  init() {}

  /// The number of the ghost that holds this inode.
  ///
  /// - Throws: `EFBIG` above the ghost limit.
  func number(
    of descriptor: Descriptor, path: FilePath, options: DumpOptions
  ) throws(Failure) -> UInt32 {
    let inode = Inode(device: descriptor.status.device, inode: descriptor.status.inode)
    if let number = numbers[inode] { return number }
    ghosts.append(try read(descriptor, path: path, options: options))
    let number = UInt32(ghosts.count)
    numbers[inode] = number
    return number
  }

  private func read(
    _ descriptor: Descriptor, path: FilePath, options: DumpOptions
  ) throws(Failure) -> Ghost {
    let status = descriptor.status
    var ghost = Ghost(record: GhostDump.record(of: status))
    switch status.format {
    case .regular:
      guard status.allocatedByteCount <= UInt64(options.ghostLimitByteCount) else {
        throw Failure(
          "dump the removed file", "\(path) of \(descriptor.subject): \(status.allocatedByteCount) bytes", .tooBig,
          remedy: "Raise --ghost-limit above its size; it is \(options.ghostLimitByteCount) bytes now.")
      }
      ghost.record.chunks = status.byteCount >= GhostDump.chunkedFromByteCount
      ghost.record.size = ghost.record.chunks == true ? status.byteCount : nil
      ghost.contents = try contents(of: descriptor, chunked: ghost.record.chunks == true)
    case .symbolicLink:
      // An O_PATH descriptor of a symbolic link: the empty name reads the link itself.
      ghost.record.symlnkTarget = String(lossless: try descriptor.file.linkText(descriptor.subject).bytes)
    case .directory, .fifo, .socket: break
    case .characterDevice, .blockDevice:
      ghost.record.rdev = UInt32(truncatingIfNeeded: status.deviceNode.libraryForm)
    case .none:
      throw Failure(
        "dump the removed file", descriptor.subject, .notSupported,
        remedy: "This kind of file cannot be saved: have the program close it before the dump.")
    }
    return ghost
  }

  private static func record(of status: FileStatus) -> GhostFileEntry {
    GhostFileEntry {
      $0.uid = status.uid
      $0.gid = status.gid
      $0.mode = status.mode
      $0.dev = status.device.kernelForm
      $0.ino = status.inode
      $0.atim = time(status.accessed)
      $0.mtim = time(status.modified)
    }
  }

  private static func time(_ time: FileTime) -> Timeval {
    Timeval {
      $0.tvSec = UInt64(bitPattern: time.seconds)
      $0.tvUsec = UInt64(time.nanoseconds / 1000)
    }
  }

  /// Reads through a descriptor of its own: the task's may be for writing only, and its position is not ours to move.
  private func contents(of descriptor: Descriptor, chunked: Bool) throws(Failure) -> GhostContents {
    let subject = descriptor.subject
    let file = try descriptor.magicLink.open(
      flags: Int32(FileFlags.readOnly | FileFlags.nonBlocking), remedy: "Run as root, so that every file can be read.")
    let size = descriptor.status.byteCount
    var extents: [Range<UInt64>] = chunked ? [] : [0..<size]
    if chunked {
      var offset: UInt64 = 0
      while let extent = try file.borrowed().dataExtent(from: offset, subject) {
        extents.append(extent)
        offset = extent.upperBound
      }
    }
    let contents = GhostContents(file, extents: extents, subject: subject)
    if contents.byteCount <= GhostDump.keptByteCount || openCount == GhostDump.openLimit { try contents.keep() }
    if contents.isOpen { openCount += 1 }
    return contents
  }

  /// Reads what is left to be read, before the tree runs on.
  func keep() throws(Failure) { for ghost in ghosts { try ghost.contents?.keep() } }

  // MARK: Images

  func write(to sink: any ImageSink) throws(Failure) {
    for (index, ghost) in ghosts.enumerated() {
      let writer = try sink.recordWriter(.ghostFile, UInt64(index + 1))
      try writer.write(ghost.record)
      for (index, extent) in (ghost.contents?.extents ?? []).enumerated() {
        if ghost.record.chunks == true {
          try writer.write(
            GhostChunkEntry {
              $0.len = UInt64(extent.count)
              $0.off = extent.lowerBound
            })
        }
        try ghost.contents?.write(index, to: writer)
      }
      try writer.finish()
    }
  }
}
