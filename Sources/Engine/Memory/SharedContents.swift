internal import Linux
internal import Streams

/// The bytes of a shared memory object, while its tasks are frozen.
protocol SharedContents {
  /// All that is not zero, and maybe more.
  func runs() throws(Failure) -> [PageRun]
  /// Fills the buffer with what is at an offset of the object.
  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure)
}

extension SharedMemoryFile: SharedContents {
  /// All but the holes.
  func runs() throws(Failure) -> [PageRun] {
    var runs: [PageRun] = []
    var offset: UInt64 = 0
    while let data = try data(from: offset) {
      let end = (data.upperBound + UInt64(pageSize) - 1) / UInt64(pageSize) * UInt64(pageSize)
      runs.append(
        PageRun(address: data.lowerBound, pageCount: Int(end - data.lowerBound) / pageSize, flags: .present))
      offset = end
    }
    return runs
  }
}

/// An object that no link leads to, as tasks have it mapped. Where nobody has it mapped any more, it is taken for zeros;
/// and the kernel makes pages of its holes, as they are read.
struct MappedContents: SharedContents {
  private struct Piece {
    let memory: TaskMemory
    let address: UInt64
    /// Of the object.
    let range: Range<UInt64>
  }

  private var pieces: [Piece] = []
  /// A task that has it mapped.
  let subject: String

  init(of task: FrozenTask) { subject = task.subject }

  /// As far as tasks have it mapped.
  var byteCount: UInt64 { pieces.map(\.range.upperBound).max() ?? 0 }

  mutating func add(_ mapping: Mapping, of task: FrozenTask) throws(Failure) {
    let entry = mapping.entry
    let range = entry.offset..<entry.offset + UInt64(mapping.range.count)
    if pieces.contains(where: { $0.range.lowerBound <= range.lowerBound && $0.range.upperBound >= range.upperBound }) {
      return
    }
    pieces.append(Piece(memory: try TaskMemory(pid: task.pid), address: entry.start, range: range))
  }

  func runs() throws(Failure) -> [PageRun] {
    let chunk = 64 * pageSize
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: pageSize)
    defer { buffer.deallocate() }
    var runs: [PageRun] = []
    for offset in stride(from: 0, to: byteCount, by: chunk) {
      let count = min(chunk, Int(byteCount - offset))
      let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      try read(at: offset, into: bytes)
      for page in stride(from: 0, to: count, by: pageSize) where !isZero(bytes[page..<min(page + pageSize, count)]) {
        let address = offset + UInt64(page)
        if let last = runs.last, last.end == address {
          runs[runs.count - 1] = PageRun(address: last.address, pageCount: last.pageCount + 1, flags: .present)
        } else {
          runs.append(PageRun(address: address, pageCount: 1, flags: .present))
        }
      }
    }
    return runs
  }

  private func isZero(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
    let page = UnsafeRawBufferPointer(rebasing: bytes)
    return page.bindMemory(to: UInt64.self).allSatisfy { $0 == 0 }
  }

  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    let wanted = offset..<offset + UInt64(buffer.count)
    for piece in pieces {
      let part = piece.range.clamped(to: wanted)
      guard !part.isEmpty else { continue }
      let place = Int(part.lowerBound - offset)
      try piece.memory.read(
        at: piece.address + (part.lowerBound - piece.range.lowerBound),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + part.count]))
    }
  }
}

/// A segment of shmget(2), attached by us.
final class AttachedContents: SharedContents {
  private let bytes: UnsafeMutableRawBufferPointer

  init(_ segment: SharedSegment, byteCount: UInt64) throws(Failure) {
    let wholePages = (Int(byteCount) + pageSize - 1) / pageSize * pageSize
    bytes = UnsafeMutableRawBufferPointer(start: try segment.attach(readOnly: true), count: wholePages)
  }

  deinit { unmap(bytes.baseAddress!, byteCount: bytes.count) }

  func runs() -> [PageRun] { [PageRun(address: 0, pageCount: bytes.count / pageSize, flags: .present)] }

  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) {
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset) + buffer.count]))
  }
}
