internal import Linux
internal import Streams

/// Pages of a small task, copied while it is frozen and written once the tree runs: to open the images that they go into
/// takes longer than the copy.
final class HeldPages: PageMemory {
  /// Room for the pages of all tasks of a dump.
  final class Room {
    private var left = 128 << 20

    /// Bytes of one task, above which its pages are moved without a copy.
    private static let mostOfOneTask = 4 << 20

    /// - Returns: Whether there is so much.
    func take(_ byteCount: Int) -> Bool {
      guard byteCount <= min(left, Room.mostOfOneTask) else { return false }
      left -= byteCount
      return true
    }
  }

  private let buffer: UnsafeMutableRawBufferPointer
  private var position = 0

  /// - Returns: `nil` where there is no room.
  init?(_ pages: TaskPageList, of task: FrozenTask, in room: Room) throws(Failure) {
    let byteCount = pages.presentPageCount * pageSize
    guard room.take(byteCount) else { return nil }
    buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: pageSize)
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

  deinit { buffer.deallocate() }

  /// - Parameter pieces: In the order of the pages, none left out.
  func read(_ pieces: [TaskPages.Piece], into target: UnsafeMutableRawBufferPointer) throws(Failure) {
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[position..<(position + target.count)]))
    position += target.count
  }
}
