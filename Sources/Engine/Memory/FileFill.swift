internal import CParasite
internal import Linux
internal import Streams

/// Reads parts of plain files into memory, and unpacks what they have packed; processes that help do it side by side with
/// ours where there is much of it. They share our memory, and are gone again at the end of `run()`.
final class FileFill {
  private var pieces: [fill_piece] = []
  private var ranges: [fill_range] = []
  private var frames: [FramePiece] = []
  /// The last frame of each file, in `frames`.
  private var lastFrames: [CInt: Int] = [:]
  private var frameRangeCount = 0
  private var byteCount = 0
  private var paths: [CInt: String] = [:]
  private let help: FillHelp

  init(help: FillHelp) { self.help = help }

  /// What is noted before it is read: lists of bounded size, and progress that can be seen.
  private static let byteLimit = 512 << 20
  private static let rangeLimit = 16384
  /// Below this a process is not worth its start.
  private static let bytesForHelp = 16 << 20
  private static let processLimit = 4

  /// - Parameter buffers: As many bytes as the extent has; filled by `run()` at the latest.
  func add(_ extent: FileExtent, into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) {
    if paths[extent.file.raw] == nil { paths[extent.file.raw] = extent.path }
    if let packed = extent.packed { return try add(packed, of: extent, into: buffers) }
    var offset = extent.offset
    try FillPiece.cut(buffers) { (piece) throws(Failure) in
      pieces.append(
        fill_piece(
          file: extent.file.raw, range_count: UInt32(piece.buffers.count), offset: UInt64(offset),
          first_range: UInt64(ranges.count), packed_byte_count: 0, byte_count: 0, checksum: 0))
      for buffer in piece.buffers {
        ranges.append(fill_range(address: UInt64(UInt(bitPattern: buffer.baseAddress)), byte_count: UInt64(buffer.count)))
      }
      offset += piece.byteCount
      try noted(piece.byteCount)
    }
  }

  private func add(
    _ packed: PackedFrames, of extent: FileExtent, into buffers: [UnsafeMutableRawBufferPointer]
  ) throws(Failure) {
    let file = extent.file.raw
    try FramePiece.cut(buffers, packed, from: extent.offset) { (part, index, offset) throws(Failure) in
      if lastFrames[file].map({ frames[$0].index }) != index {
        lastFrames[file] = frames.count
        frames.append(FramePiece(index, packed, of: extent))
      }
      frames[lastFrames[file]!].add(part, at: offset)
      frameRangeCount += 1
      try noted(part.count)
    }
  }

  private func noted(_ count: Int) throws(Failure) {
    byteCount += count
    if byteCount >= FileFill.byteLimit || ranges.count + frameRangeCount >= FileFill.rangeLimit { try run() }
  }

  /// Reads all that was added.
  func run() throws(Failure) {
    let plainCount = pieces.count
    for frame in frames {
      pieces.append(frame.work(firstRange: ranges.count))
      ranges += frame.ranges
    }
    guard !pieces.isEmpty else { return }
    var work = fill_work()
    work.unpack = frames.first?.packing.unpack
    let areHelpersWell = try withUnsafeMutablePointer(to: &work) { (work) throws(Failure) in
      try pieces.withUnsafeMutableBufferPointer { (pieces) throws(Failure) in
        try ranges.withUnsafeMutableBufferPointer { (ranges) throws(Failure) in
          work.pointee.pieces = pieces.baseAddress
          work.pointee.piece_count = UInt64(pieces.count)
          work.pointee.ranges = ranges.baseAddress
          return try run(work, pieceCount: pieces.count)
        }
      }
    }
    if work.failed != 0 { throw failure(of: work, plainCount: plainCount) }
    guard areHelpersWell else {
      throw Failure(
        "fill the memory", "a process that helped with it was killed", .noProcess,
        remedy: "Memory may have run out: see the kernel log, and restore again.")
    }
    pieces.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    frames.removeAll(keepingCapacity: true)
    lastFrames.removeAll(keepingCapacity: true)
    (byteCount, frameRangeCount) = (0, 0)
  }

  /// - Returns: Whether all helpers ended as they should.
  private func run(_ work: UnsafeMutablePointer<fill_work>, pieceCount: Int) throws(Failure) -> Bool {
    let hasHelp = byteCount >= FileFill.bytesForHelp && !help.pids.isEmpty
    let processCount = hasHelp ? max(min(processorCount(), FileFill.processLimit, pieceCount), 1) : 1
    if processCount == 1, frames.isEmpty {
      var process = fill_process(work: work, stack: 0, context: nil, packed: nil, unpacked: nil)
      fill_memory(&process)
      return true
    }
    let processes = try FillProcesses.prepare(count: processCount, for: frames, work)
    return processes.run(help)
  }

  private func failure(of work: fill_work, plainCount: Int) -> Failure {
    let index = Int(work.failed_piece)
    if index >= plainCount, work.error == Errno.badMessage.number {
      let frame = frames[index - plainCount]
      return frame.packing.failure(ofFrame: frame.index)
    }
    let subject = "\(paths[pieces[index].file] ?? ""), for address 0x\(String(work.failed_address, radix: 16))"
    if work.error == Errno.noData.number {
      return Failure(
        "read pages", "\(subject), where it ends", .badMessage,
        remedy: "The image was cut meanwhile: restore from another copy of the set.")
    }
    return Failure(
      "read pages", subject, Errno(work.error),
      remedy: "Check the disk, free memory and the kernel log; where the image is lost, restore from another set.")
  }
}
