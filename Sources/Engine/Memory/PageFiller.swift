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
  /// Of the file that pages were compared with last.
  private var mapped: MappedPart?
  /// Addresses only: what is not touched costs nothing.
  private static let mappedByteCount = 1 << 30
  private static let comparedByteCount = 2 << 20

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
    mapped = nil
  }

  /// Reads pages of which the address has an older version: equal ones are not written, so that they stay shared.
  func readOver(_ address: UInt64, byteCount: Int) throws(Failure) {
    try flush()
    let isPlain = try pages.take(byteCount: 0).map { $0.packed == nil } ?? false
    var done = 0
    while done < byteCount {
      let rest = byteCount - done
      let old = UnsafeMutableRawPointer(bitPattern: UInt(address) + UInt(done))!
      if isPlain, let extent = try pages.take(byteCount: min(rest, PageFiller.comparedByteCount)) {
        try compare(extent, with: old)
        done += extent.byteCount
      } else {
        let piece = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, rest)])
        try pages.read(into: [piece])
        compare(UnsafeRawBufferPointer(piece), with: old)
        done += piece.count
      }
    }
  }

  private func compare(_ extent: FileExtent, with old: UnsafeMutableRawPointer) throws(Failure) {
    let range = extent.offset..<(extent.offset + extent.byteCount)
    if mapped?.file != extent.file || !mapped!.range.contains(range.lowerBound) || mapped!.range.upperBound < range.upperBound {
      mapped = nil
      mapped = MappedPart(extent.file, range.lowerBound..<(range.lowerBound + PageFiller.mappedByteCount))
    }
    if let mapped { return compare(mapped[range], with: old) }
    let new = UnsafeMutableRawBufferPointer.allocate(byteCount: extent.byteCount, alignment: pageSize)
    defer { new.deallocate() }
    try files.add(extent, into: [new])
    try files.run()
    compare(UnsafeRawBufferPointer(new), with: old)
  }

  private func compare(_ new: UnsafeRawBufferPointer, with old: UnsafeMutableRawPointer) {
    for offset in stride(from: 0, to: new.count, by: pageSize) {
      let page = UnsafeRawBufferPointer(rebasing: new[offset..<(offset + pageSize)])
      let oldPage = UnsafeMutableRawBufferPointer(start: old + offset, count: pageSize)
      comparedPages += 1
      if haveEqualBytes(page, UnsafeRawBufferPointer(oldPage)) {
        equalPages += 1
      } else {
        oldPage.copyMemory(from: page)
        restoredPages += 1
      }
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
