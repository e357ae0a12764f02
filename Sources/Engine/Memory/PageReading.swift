internal import Linux
internal import Streams

/// Moves a task's pages into a sink by reading them from outside, through one buffer.
struct PageReading {
  /// Large enough that the calls cost nothing beside the copy, small enough to stay in the cache.
  private static let bufferByteCount = 1 << 20

  /// The sink's runs are in the order of `extents`. The task is frozen.
  static func dump(
    _ extents: [PageExtent], of task: FrozenTask, into sink: any PageSink, statistics: inout MemoryStatistics
  ) throws(Failure) {
    var reading = PageReading(memory: try TaskPages(pid: task.pid, subject: task.subject), sink: sink)
    defer { reading.buffer.deallocate() }
    for extent in extents {
      try reading.add(extent)
      statistics.pagesWritten += UInt64(extent.run.pageCount)
    }
    try reading.flush()
  }

  private let memory: TaskPages
  private let sink: any PageSink
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: PageReading.bufferByteCount, alignment: pageSize)
  private var filled = 0
  private var pieces: [TaskPages.Piece] = []
  /// For each piece the run that begins with it, or `nil` where the run before goes on.
  private var beginnings: [PageRun?] = []

  private init(memory: TaskPages, sink: any PageSink) {
    self.memory = memory
    self.sink = sink
  }

  private mutating func add(_ extent: PageExtent) throws(Failure) {
    var address = extent.run.address
    while address < extent.run.end {
      if filled == buffer.count || pieces.count == TaskPages.pieceLimit { try flush() }
      let byteCount = min(buffer.count - filled, Int(extent.run.end - address))
      pieces.append(TaskPages.Piece(address: address, byteCount: byteCount, way: extent.way))
      beginnings.append(address == extent.run.address ? extent.run : nil)
      filled += byteCount
      address += UInt64(byteCount)
    }
  }

  private mutating func flush() throws(Failure) {
    guard filled > 0 else { return }
    try memory.read(pieces, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<filled]))
    var offset = 0
    for (piece, beginning) in zip(pieces, beginnings) {
      if let run = beginning { try sink.begin(run) }
      try sink.write(UnsafeRawBufferPointer(rebasing: buffer[offset..<(offset + piece.byteCount)]).bytes)
      offset += piece.byteCount
    }
    filled = 0
    pieces.removeAll(keepingCapacity: true)
    beginnings.removeAll(keepingCapacity: true)
  }
}
