internal import Linux
internal import Streams

/// Moves a task's pages into a sink by reading them from outside, through one buffer.
struct PageReading {
  /// Large enough that the calls cost little beside the copy, small enough to stay in the cache; and a write of 1 MiB to
  /// ext4 takes eight times as long as four of 256 KiB (6.18).
  private static let bufferByteCount = 256 << 10

  /// The sink's runs are in the order of `extents`. The memory does not change meanwhile.
  static func dump(
    _ extents: [PageExtent], from memory: any PageMemory, into sink: any PageSink, statistics: inout MemoryStatistics
  ) throws(Failure) {
    var reading = PageReading(memory: memory, sink: sink, cutter: RunCutter(extents.map(\.run)))
    defer { reading.buffer.deallocate() }
    for extent in extents {
      statistics.count(extent.run)
      if extent.run.flags.contains(.present) { try reading.add(extent) }
    }
    try reading.flush()
    try reading.cutter.conclude(sink)
  }

  private let memory: any PageMemory
  private let sink: any PageSink
  private var cutter: RunCutter
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: PageReading.bufferByteCount, alignment: pageSize)
  private var filled = 0
  private var pieces: [TaskPages.Piece] = []

  private init(memory: any PageMemory, sink: any PageSink, cutter: RunCutter) {
    self.memory = memory
    self.sink = sink
    self.cutter = cutter
  }

  private mutating func add(_ extent: PageExtent) throws(Failure) {
    var address = extent.run.address
    while address < extent.run.end {
      if filled == buffer.count || pieces.count == TaskPages.pieceLimit { try flush() }
      let byteCount = min(buffer.count - filled, Int(extent.run.end - address))
      pieces.append(TaskPages.Piece(address: address, byteCount: byteCount, way: extent.way))
      filled += byteCount
      address += UInt64(byteCount)
    }
  }

  private mutating func flush() throws(Failure) {
    guard filled > 0 else { return }
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<filled])
    try memory.read(pieces, into: part)
    try cutter.write(UnsafeRawBufferPointer(part), to: sink)
    filled = 0
    pieces.removeAll(keepingCapacity: true)
  }
}
