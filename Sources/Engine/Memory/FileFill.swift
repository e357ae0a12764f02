internal import CParasite
internal import Linux
internal import Streams

/// Memory that is filled at once, by one process.
struct FillPiece {
  private(set) var buffers: [UnsafeMutableRawBufferPointer] = []
  private(set) var byteCount = 0

  /// What one page table maps: two processes that fill pieces next to each other do not wait for one lock.
  private static let alignment = 2 << 20
  private static let bufferLimit = 512

  /// Cuts buffers into pieces, in order.
  static func cut(
    _ buffers: [UnsafeMutableRawBufferPointer], _ body: (FillPiece) throws(Failure) -> Void
  ) throws(Failure) {
    var piece = FillPiece()
    for buffer in buffers {
      var rest = buffer[...]
      while !rest.isEmpty {
        let address = Int(bitPattern: UnsafeRawBufferPointer(rebasing: rest).baseAddress)
        let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(alignment - address % alignment))
        piece.buffers.append(part)
        piece.byteCount += part.count
        rest = rest.dropFirst(part.count)
        if piece.byteCount >= alignment || piece.buffers.count == bufferLimit {
          try body(piece)
          piece = FillPiece()
        }
      }
    }
    if piece.byteCount > 0 { try body(piece) }
  }
}

/// Reads parts of plain files into memory, which processes that help do side by side with ours where there is much of
/// it. They share our memory, and are gone again at the end of `run()`.
final class FileFill {
  private var pieces: [fill_piece] = []
  private var ranges: [fill_range] = []
  private var byteCount = 0
  private var paths: [CInt: String] = [:]
  private let helperPids: ArraySlice<Int32>

  /// - Parameter helperPids: Pids that nobody has and no task is to have; none: without help.
  init(helperPids: ArraySlice<Int32>) { self.helperPids = helperPids }

  /// What is noted before it is read: lists of bounded size, and progress that can be seen.
  private static let byteLimit = 512 << 20
  private static let rangeLimit = 16384
  /// Below this a process is not worth its start.
  private static let bytesForHelp = 16 << 20
  private static let processLimit = 4

  /// - Parameter buffers: As many bytes as the extent has; filled by `run()` at the latest.
  func add(_ extent: FileExtent, into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) {
    if paths[extent.file.raw] == nil { paths[extent.file.raw] = extent.path }
    var offset = extent.offset
    try FillPiece.cut(buffers) { (piece) throws(Failure) in
      pieces.append(
        fill_piece(
          file: extent.file.raw, range_count: UInt32(piece.buffers.count), offset: UInt64(offset),
          first_range: UInt64(ranges.count)))
      for buffer in piece.buffers {
        ranges.append(fill_range(address: UInt64(UInt(bitPattern: buffer.baseAddress)), byte_count: UInt64(buffer.count)))
      }
      offset += piece.byteCount
      byteCount += piece.byteCount
      if byteCount >= FileFill.byteLimit || ranges.count >= FileFill.rangeLimit { try run() }
    }
  }

  /// Reads all that was added.
  func run() throws(Failure) {
    guard !pieces.isEmpty else { return }
    var work = fill_work()
    let areHelpersWell = try withStacks { (stacks) throws(Failure) in
      pieces.withUnsafeMutableBufferPointer { pieces in
        ranges.withUnsafeMutableBufferPointer { ranges in
          work.pieces = pieces.baseAddress
          work.piece_count = UInt64(pieces.count)
          work.ranges = ranges.baseAddress
          return run(&work, stacks: stacks)
        }
      }
    }
    if work.failed != 0 { throw failure(of: work) }
    guard areHelpersWell else {
      throw Failure(
        "fill the memory", "a process that helped with it was killed", .noProcess,
        remedy: "Memory may have run out: see the kernel log, and restore again.")
    }
    pieces.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    byteCount = 0
  }

  /// - Returns: Whether all helpers ended as they should.
  private func run(_ work: UnsafeMutablePointer<fill_work>, stacks: [UInt64]) -> Bool {
    var helpers: [Int32] = []
    var free = helperPids
    for stack in stacks {
      // A pid that somebody took meanwhile, or a limit: one helper less.
      while let pid = free.popFirst() {
        if fill_start_helper(work, pid, stack) > 0 {
          helpers.append(pid)
          break
        }
      }
    }
    fill_memory(work)
    return helpers.map { fill_await_helper($0) == 0 }.allSatisfy { $0 }
  }

  /// - Parameter body: Gets the start of a stack for each process that may help.
  private func withStacks(_ body: ([UInt64]) throws(Failure) -> Bool) throws(Failure) -> Bool {
    let wanted = min(processorCount(), FileFill.processLimit, pieces.count) - 1
    guard byteCount >= FileFill.bytesForHelp, !helperPids.isEmpty, wanted > 0 else { return try body([]) }
    let memory = try mapAnonymous(byteCount: wanted * Int(FILL_STACK_BYTE_COUNT), sharing: .copyOnWrite)
    defer { unmap(memory, byteCount: wanted * Int(FILL_STACK_BYTE_COUNT)) }
    return try body((0..<wanted).map { UInt64(UInt(bitPattern: memory)) + UInt64($0) * UInt64(FILL_STACK_BYTE_COUNT) })
  }

  private func failure(of work: fill_work) -> Failure {
    let subject = "\(paths[work.failed_file] ?? ""), for address 0x\(String(work.failed_address, radix: 16))"
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
