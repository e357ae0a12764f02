internal import Linux
internal import Streams

/// The data of a removed file on its way into an image. It is read as it is written, so that a dump never holds more than
/// a piece of it: as long as the tree is frozen, nobody of it changes the file.
final class GhostContents {
  /// Where there is data, ascending.
  let extents: [Range<UInt64>]
  private let subject: String
  private var file: OwnedFD?
  /// What was read beforehand, extent by extent; empty as long as there is a file.
  private var bytes: [UInt8] = []

  private static let pieceByteCount = 256 << 10

  init(_ file: consuming OwnedFD, extents: [Range<UInt64>], subject: String) {
    self.file = consume file
    self.extents = extents.filter { !$0.isEmpty }
    self.subject = subject
  }

  var byteCount: Int { extents.reduce(0) { $0 + $1.count } }
  var isOpen: Bool { file != nil }

  /// Reads everything now, and gives the descriptor back.
  func keep() throws(Failure) {
    guard isOpen else { return }
    bytes.reserveCapacity(byteCount)
    for extent in extents {
      try read(extent) { (piece) throws(Failure) in piece.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    }
    file = nil
  }

  /// - Parameter index: Of `extents`.
  func write(_ index: Int, to writer: RecordWriter) throws(Failure) {
    guard isOpen else {
      let start = extents[..<index].reduce(0) { $0 + $1.count }
      let held = bytes
      return try writer.write(extra: held.span.bytes.extracting(start..<(start + extents[index].count)))
    }
    try read(extents[index]) { (piece) throws(Failure) in try writer.write(extra: piece) }
  }

  private func read(_ extent: Range<UInt64>, _ body: (RawSpan) throws(Failure) -> Void) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: GhostContents.pieceByteCount, alignment: 4096)
    defer { buffer.deallocate() }
    var offset = extent.lowerBound
    while offset < extent.upperBound {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(extent.upperBound - offset)))
      let count = try file!.withRaw { (file: CInt) throws(Failure) in
        try check("read the removed file", subject, remedy: GhostContents.remedy) {
          File.read(file, at: Int(offset), into: piece)
        }
      }
      guard count > 0 else {
        throw Failure("read the removed file", "\(subject): it became shorter", .inputOutput, remedy: GhostContents.remedy)
      }
      try body(UnsafeRawBufferPointer(rebasing: piece[..<count]).bytes)
      offset += UInt64(count)
    }
  }

  private static let remedy =
    "A process outside the tree writes it, or its disk fails: stop that process, or look at the kernel log."
}
