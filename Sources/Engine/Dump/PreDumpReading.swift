internal import Linux
internal import Streams

/// Pages of a task that are read after it was let go (`--pre-dump-mode read`). Its memory was opened while it was
/// frozen: another program that it becomes, or another task with its pid, has other memory.
final class LaterPages {
  private let pages: TaskPageList
  private let memory: TaskPages
  private let id: PagesID

  init(_ pages: TaskPageList, of task: FrozenTask) throws(Failure) {
    self.pages = pages
    memory = try TaskPages(pid: task.pid, subject: task.subject)
    id = task.pagesID
  }

  func dump(into sink: any ImageSink, statistics: inout MemoryStatistics) throws(Failure) {
    let sheet = try sink.openPages(id)
    statistics.pagesScanned += pages.scannedPageCount
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: LaterPages.bufferByteCount, alignment: pageSize)
    defer { buffer.deallocate() }
    for extent in pages.extents {
      guard extent.run.flags.contains(.present) else {
        try sheet.begin(extent.run)
        statistics.count(extent.run)
        continue
      }
      // As upstream's read mode: a dump expects no page of such memory here.
      guard extent.isReadable else { continue }
      var rest = extent.run
      while rest.pageCount > 0 {
        var piece = rest
        piece.pageCount = min(rest.pageCount, buffer.count / pageSize)
        try move(piece, through: buffer, into: sheet, &statistics)
        rest = PageRun(address: piece.end, pageCount: rest.pageCount - piece.pageCount, flags: rest.flags)
      }
    }
    try sheet.finish()
  }

  /// All pages of a run; where some are gone, those that are left.
  private func move(
    _ run: PageRun, through buffer: UnsafeMutableRawBufferPointer, into sheet: any PageSink,
    _ statistics: inout MemoryStatistics
  ) throws(Failure) {
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<run.byteCount])
    if try read(run, into: part) {
      try sheet.begin(run)
      try sheet.write(UnsafeRawBufferPointer(part).bytes)
      statistics.count(run)
    } else if run.pageCount > 1 {
      var half = run
      half.pageCount = run.pageCount / 2
      try move(half, through: buffer, into: sheet, &statistics)
      let rest = PageRun(address: half.end, pageCount: run.pageCount - half.pageCount, flags: run.flags)
      try move(rest, through: buffer, into: sheet, &statistics)
    }
  }

  /// - Returns: False where the memory is gone.
  private func read(_ run: PageRun, into part: UnsafeMutableRawBufferPointer) throws(Failure) -> Bool {
    do throws(Failure) {
      try memory.read([TaskPages.Piece(address: run.address, byteCount: run.byteCount, way: .memoryFile)], into: part)
      return true
    } catch {
      guard error.errno == .inputOutput || error.errno == .badAddress else { throw error }
      return false
    }
  }

  private static let bufferByteCount = 256 << 10
}
