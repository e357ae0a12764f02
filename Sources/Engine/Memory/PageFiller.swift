internal import Linux
internal import Streams

/// Reads the pages of a source into place, several ranges a call: from a plain file by several processes, else in order.
final class PageFiller {
  private let pages: any PageSource
  private var waiting: [UnsafeMutableRawBufferPointer] = []
  private(set) var comparedPages: UInt64 = 0
  private(set) var equalPages: UInt64 = 0
  private(set) var restoredPages: UInt64 = 0
  private var madeScratch: UnsafeMutableRawBufferPointer?
  /// Each task of a tree takes a fault for each page of it, mostly of a copy: its maker has left pages of its own there.
  private static let scratchByteCount = 32 << 10

  private let files: FileFill

  init(pages: any PageSource, help: FillHelp = FillHelp()) {
    self.pages = pages
    files = FileFill(help: help)
  }

  deinit { madeScratch?.deallocate() }

  private var scratch: UnsafeMutableRawBufferPointer {
    if let madeScratch { return madeScratch }
    let made = UnsafeMutableRawBufferPointer.allocate(byteCount: PageFiller.scratchByteCount, alignment: pageSize)
    madeScratch = made
    return made
  }

  /// Ranges next to each other become one.
  func read(_ address: UInt64, byteCount: Int) throws(Failure) {
    guard byteCount > 0 else { return }
    restoredPages += UInt64(byteCount / pageSize)
    let start = UnsafeMutableRawPointer(bitPattern: UInt(address))!
    if let last = waiting.last, last.baseAddress! + last.count == start {
      waiting[waiting.count - 1] = UnsafeMutableRawBufferPointer(
        start: last.baseAddress, count: last.count + byteCount)
    } else {
      waiting.append(UnsafeMutableRawBufferPointer(start: start, count: byteCount))
    }
    if waiting.count == 512 { try flush() }
  }

  /// Must be called before the next runs. What a plain file has may be read later, by `finish()` at the latest.
  func flush() throws(Failure) {
    guard !waiting.isEmpty else { return }
    if let extent = try pages.take(byteCount: waiting.reduce(0) { $0 + $1.count }) {
      try files.add(extent, into: waiting)
    } else {
      try pages.read(into: waiting)
    }
    waiting.removeAll(keepingCapacity: true)
  }

  /// Success path, once: all is in place then.
  func finish() throws(Failure) {
    try flush()
    try files.run()
  }

  /// Reads pages of which the address has an older version: equal ones are not written, so that they stay shared.
  func readOver(_ address: UInt64, byteCount: Int) throws(Failure) {
    try flush()
    let scratch = scratch
    var done = 0
    while done < byteCount {
      let piece = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, byteCount - done)])
      try pages.read(into: [piece])
      for offset in stride(from: 0, to: piece.count, by: pageSize) {
        let new = UnsafeRawBufferPointer(rebasing: piece[offset..<(offset + pageSize)])
        let old = UnsafeMutableRawBufferPointer(
          start: UnsafeMutableRawPointer(bitPattern: UInt(address) + UInt(done + offset)), count: pageSize)
        comparedPages += 1
        if haveEqualBytes(new, UnsafeRawBufferPointer(old)) {
          equalPages += 1
        } else {
          old.copyMemory(from: new)
          restoredPages += 1
        }
      }
      done += piece.count
    }
  }

  /// The next bytes, for the caller to give back.
  func take(byteCount: Int) throws(Failure) -> UnsafeMutableRawBufferPointer {
    try flush()
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: pageSize)
    do throws(Failure) { try pages.read(into: [bytes]) } catch {
      bytes.deallocate()
      throw error
    }
    return bytes
  }
}
