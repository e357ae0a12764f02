internal import Images
internal import Linux
internal import Streams

/// A removed file as its image has it, being made again.
struct GhostFile {
  let record: GhostFileEntry

  static let remedy = "Make the directory of the removed file writable, with room for it, for the time of the restore."

  private static let pieceByteCount = 1 << 20

  var isDirectory: Bool { InodeFormat(mode: record.mode) == .directory }

  /// - Parameter reader: Stands behind the record, where contents follow.
  func make(at path: FilePath, from reader: RecordReader) throws(Failure) {
    switch InodeFormat(mode: record.mode) {
    case .regular:
      let file = try path.open(
        flags: Int32(FileFlags.readWrite | FileFlags.create | FileFlags.exclusive), mode: 0o600,
        remedy: GhostFile.remedy)
      try fill(file.borrowed(), "\(path)", from: reader)
      try file.close("\(path)")
    case .directory: try path.makeDirectory(mode: 0o700, remedy: GhostFile.remedy)
    case .symbolicLink:
      guard let target = record.symlnkTarget else { throw damaged("no target of a symbolic link") }
      try path.makeSymbolicLink(to: FilePath(target.losslessBytes), remedy: GhostFile.remedy)
    case .fifo, .socket: try path.makeNode(mode: record.mode, remedy: GhostFile.remedy)
    case .characterDevice, .blockDevice:
      guard let device = record.rdev else { throw damaged("no number of a device") }
      try path.makeNode(
        mode: record.mode, device: DeviceNumber(libraryForm: UInt64(device)), remedy: GhostFile.remedy)
    case .none: throw damaged("mode \(String(record.mode, radix: 8))")
    }
    try path.setOwner(uid: record.uid, gid: record.gid)
    if InodeFormat(mode: record.mode) != .symbolicLink { try path.setPermissions(record.mode) }
    if let accessed = record.atim, let modified = record.mtim {
      try path.setTimes(accessed: GhostFile.time(accessed), modified: GhostFile.time(modified))
    }
  }

  private func fill(_ file: BorrowedFD, _ path: String, from reader: RecordReader) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: GhostFile.pieceByteCount, alignment: 16)
    defer { buffer.deallocate() }
    guard record.chunks == true else {
      try copy(from: reader, to: file, at: 0, through: buffer, path)
      return
    }
    guard let size = record.size else { throw damaged("no size of a file in chunks") }
    try file.setByteCount(size, path)
    while let chunk = try reader.next(GhostChunkEntry.self) {
      let (end, overflows) = chunk.off.addingReportingOverflow(chunk.len)
      guard !overflows, end <= size else { throw damaged("a chunk behind the end of the file") }
      try copy(from: reader, to: file, at: chunk.off, through: buffer, path)
    }
  }

  private func copy(
    from reader: RecordReader, to file: BorrowedFD, at start: UInt64, through buffer: UnsafeMutableRawBufferPointer,
    _ path: String
  ) throws(Failure) {
    var offset = start
    while true {
      let count = try reader.readRest(into: buffer)
      if count == 0 { return }
      try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes, at: offset, path)
      offset += UInt64(count)
    }
  }

  private static func time(_ time: Timeval) -> FileTime {
    FileTime(seconds: Int64(bitPattern: time.tvSec), nanoseconds: UInt32(truncatingIfNeeded: time.tvUsec % 1_000_000) * 1000)
  }

  private func damaged(_ what: String) -> Failure {
    Failure(
      "make the removed file again", what, .badMessage,
      remedy: "The image is damaged: restore from another copy of the set.")
  }
}
