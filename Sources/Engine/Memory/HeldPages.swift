internal import Linux
internal import Streams

/// Pages of a small task, copied while it is frozen and written once the tree runs: to open the images that they go into
/// takes longer than the copy.
final class HeldPages: PageMemory {
  /// Room for the pages of all tasks of a dump. Made while the tree still runs: memory that is touched for the first time
  /// costs more than the copy.
  final class Room {
    private let memory: UnsafeMutableRawBufferPointer
    private var used = 0

    /// Bytes of one task, above which its pages are moved without a copy.
    static let mostOfOneTask = 4 << 20
    /// For what a tree has got since the forecast.
    private static let slack = 64 << 20

    /// - Parameter forecast: Bytes that are likely to be wanted; an eighth of the memory that can be had is the most.
    init(forecast: Int) throws(Failure) {
      let most = min(forecast + forecast / 8 + Room.slack, try availableMemory() / 8) & ~(pageSize - 1)
      memory = UnsafeMutableRawBufferPointer(
        start: try mapAnonymous(byteCount: most, sharing: .copyOnWrite), count: most)
      let start = UInt64(UInt(bitPattern: memory.baseAddress))
      adviseHugePages(start..<(start + UInt64(most)))
      bringInPages(of: UnsafeMutableRawBufferPointer(rebasing: memory[..<(min(forecast, most) & ~(pageSize - 1))]))
    }

    deinit { unmap(memory.baseAddress!, byteCount: memory.count) }

    /// - Returns: `nil` where there is not so much.
    func take(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
      guard byteCount <= min(memory.count - used, Room.mostOfOneTask) else { return nil }
      defer { used += byteCount }
      return UnsafeMutableRawBufferPointer(rebasing: memory[used..<(used + byteCount)])
    }
  }

  /// Keeps `buffer`.
  private let room: Room
  private let buffer: UnsafeMutableRawBufferPointer
  private var position = 0

  /// - Returns: `nil` where there is no room.
  init?(_ pages: TaskPageList, of task: FrozenTask, in room: Room) throws(Failure) {
    guard let buffer = room.take(pages.presentPageCount * pageSize) else { return nil }
    self.room = room
    self.buffer = buffer
    let memory = try TaskPages(pid: task.pid, subject: task.subject)
    let pieces = pages.extents.filter { $0.run.flags.contains(.present) }.map {
      TaskPages.Piece(address: $0.run.address, byteCount: $0.run.byteCount, way: $0.way)
    }
    var filled = 0
    for begin in stride(from: 0, to: pieces.count, by: TaskPages.pieceLimit) {
      let part = Array(pieces[begin..<min(begin + TaskPages.pieceLimit, pieces.count)])
      let end = part.reduce(filled) { $0 + $1.byteCount }
      try memory.read(part, into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<end]))
      filled = end
    }
  }

  /// - Parameter pieces: In the order of the pages, none left out.
  func read(_ pieces: [TaskPages.Piece], into target: UnsafeMutableRawBufferPointer) throws(Failure) {
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[position..<(position + target.count)]))
    position += target.count
  }
}
