internal import Linux
internal import Streams

/// Pages of a small task, copied while it is frozen and written once the tree runs: to open the images that they go into
/// takes longer than the copy.
final class HeldPages: PageMemory {
  /// Room for the pages of all tasks of a dump. Made while the tree still runs: memory that is touched for the first time
  /// costs more than the copy.
  final class Room {
    private let memory: UnsafeMutableRawBufferPointer
    /// Two threads may take at once.
    private let usedPages = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

    /// Bytes of one task, above which its pages are moved without a copy.
    static let mostOfOneTask = 4 << 20
    /// For what a tree has got since the forecast.
    private static let slack = 64 << 20

    /// - Parameter forecast: Bytes that are likely to be wanted; an eighth of the memory that can be had is the most.
    init(forecast: Int) throws(Failure) {
      let most = min(forecast + forecast / 8 + Room.slack, try availableMemory() / 8) & ~(pageSize - 1)
      usedPages.initialize(to: 0)
      memory = UnsafeMutableRawBufferPointer(
        start: try mapAnonymous(byteCount: most, sharing: .copyOnWrite), count: most)
      let start = UInt64(UInt(bitPattern: memory.baseAddress))
      adviseHugePages(start..<(start + UInt64(most)))
      // With one page more, which brings in a huge one: for shared memory, where nothing else is held.
      let likely = min(forecast + pageSize, most) & ~(pageSize - 1)
      bringInPages(of: UnsafeMutableRawBufferPointer(rebasing: memory[..<likely]))
    }

    deinit {
      unmap(memory.baseAddress!, byteCount: memory.count)
      usedPages.deallocate()
    }

    /// - Returns: `nil` where there is not so much.
    func take(pageCount: Int) -> UnsafeMutableRawBufferPointer? {
      while true {
        let used = futexLoad(usedPages)
        let place = Int(used) * pageSize
        guard pageCount * pageSize <= min(memory.count - place, Room.mostOfOneTask) else { return nil }
        guard futexReplace(usedPages, used, by: used + UInt32(pageCount)) else { continue }
        return UnsafeMutableRawBufferPointer(rebasing: memory[place..<(place + pageCount * pageSize)])
      }
    }
  }

  /// Keeps `buffer`.
  private let room: Room
  private let buffer: UnsafeMutableRawBufferPointer
  private var position = 0
  private let task: FrozenTask
  private let parts: [Part]
  /// Parts that were begun, and that are done.
  private let begunCount = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
  private let doneCount = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

  /// What one thread copies at a time.
  private final class Part {
    let pieces: [TaskPages.Piece]
    /// Bytes of all parts before.
    let offset: Int
    let byteCount: Int
    /// Set by the thread that copies it.
    var failure: Failure?

    init(_ pieces: [TaskPages.Piece], at offset: Int) {
      self.pieces = pieces
      self.offset = offset
      byteCount = pieces.reduce(0) { $0 + $1.byteCount }
    }
  }

  /// Copies nothing yet.
  ///
  /// - Returns: `nil` where there is no room.
  init?(_ extents: [PageExtent], of task: FrozenTask, in room: Room) {
    let present = extents.filter { $0.run.flags.contains(.present) }
    guard let buffer = room.take(pageCount: present.reduce(0) { $0 + $1.run.pageCount }) else { return nil }
    self.room = room
    self.buffer = buffer
    self.task = task
    parts = HeldPages.parts(present)
    begunCount.initialize(to: 0)
    doneCount.initialize(to: 0)
  }

  deinit {
    begunCount.deallocate()
    doneCount.deallocate()
  }

  /// A fortieth of a millisecond.
  private static let pagesOfPart = 32

  private static func parts(_ extents: [PageExtent]) -> [Part] {
    var parts: [Part] = []
    var pieces: [TaskPages.Piece] = []
    var (offset, free) = (0, pagesOfPart * pageSize)
    func close() {
      let part = Part(pieces, at: offset)
      parts.append(part)
      offset += part.byteCount
      pieces = []
      free = pagesOfPart * pageSize
    }
    for extent in extents {
      var (address, rest) = (extent.run.address, extent.run.byteCount)
      while rest > 0 {
        let taken = min(rest, free)
        pieces.append(TaskPages.Piece(address: address, byteCount: taken, way: extent.way))
        address += UInt64(taken)
        rest -= taken
        free -= taken
        if free == 0 { close() }
      }
    }
    if !pieces.isEmpty { close() }
    return parts
  }

  /// Copies what nobody has begun. Several threads may.
  func copy() {
    var memory: TaskPages?
    while let part = take() {
      do throws(Failure) {
        if memory == nil { memory = try TaskPages(pid: task.pid, subject: task.subject) }
        try memory!.read(
          part.pieces, into: UnsafeMutableRawBufferPointer(rebasing: buffer[part.offset..<(part.offset + part.byteCount)]))
      } catch {
        part.failure = error
      }
      if futexAdd(1, to: doneCount) + 1 == parts.count { futexWakeAll(doneCount) }
    }
  }

  private func take() -> Part? {
    if futexLoad(begunCount) >= parts.count { return nil }
    let index = Int(futexAdd(1, to: begunCount))
    return index < parts.count ? parts[index] : nil
  }

  /// Waits until all is copied. The task may go on then.
  func finish() throws(Failure) {
    copy()
    while true {
      let done = futexLoad(doneCount)
      if done == parts.count { break }
      futexAwaitChange(of: doneCount, from: done, looking: true)
    }
    for part in parts { if let failure = part.failure { throw failure } }
  }

  /// - Parameter pieces: In the order of the pages, none left out.
  func read(_ pieces: [TaskPages.Piece], into target: UnsafeMutableRawBufferPointer) throws(Failure) {
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[position..<(position + target.count)]))
    position += target.count
  }
}
