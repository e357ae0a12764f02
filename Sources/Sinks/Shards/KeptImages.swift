internal import Linux
internal import Streams

/// Images that came before somebody asked for them: in memory up to a limit for all together, then in a file without a
/// name (in TMPDIR, or /tmp), so that what a restore costs does not depend on the order of its stream.
final class KeptImages {
  private enum Piece {
    case bytes([UInt8])
    /// Of the temporary file.
    case stretch(offset: Int, byteCount: Int)
  }

  private struct Image {
    var pieces: [Piece] = []
    var isWhole = false
  }

  /// Bytes in memory at most.
  static let limitByteCount = 16 << 20

  private var images: [ImageName: Image] = [:]
  private var memoryByteCount = 0
  private var file: OwnedFD?
  private var fileByteCount = 0
  private let directory: String

  /// - Parameter directory: For the temporary file, which is only made when it is needed.
  init(directory: String) { self.directory = directory }

  var usesFile: Bool { file != nil }

  func contains(_ name: ImageName) -> Bool { images[name] != nil }
  func isWhole(_ name: ImageName) -> Bool { images[name]?.isWhole == true }

  /// One that was not taken, if there is any: a whole one first.
  var first: ImageName? { images.first { $0.value.isWhole }?.key ?? images.keys.first }

  func begin(_ name: ImageName) { images[name] = Image() }
  func end(_ name: ImageName) { images[name]?.isWhole = true }

  /// Takes the payload that `reader` is at.
  func add(_ name: ImageName, from reader: ShardReader) throws(Failure) {
    let byteCount = reader.payloadByteCount
    guard memoryByteCount + byteCount > KeptImages.limitByteCount else {
      images[name]?.pieces.append(.bytes(try reader.read()))
      memoryByteCount += byteCount
      return
    }
    if file == nil { file = try makeFile() }
    let offset = fileByteCount
    try reader.move(to: file!.borrowed()) { [directory] errno in
      Failure(
        "keep the image until it is wanted", "\(name), in a temporary file in \(directory)", errno,
        remedy: "Make room there, or name a directory with room in TMPDIR.")
    }
    fileByteCount += byteCount
    images[name]?.pieces.append(.stretch(offset: offset, byteCount: byteCount))
  }

  /// Gives all that is kept of an image so far to `body`, and forgets it.
  func take(_ name: ImageName, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    let pieces = images.removeValue(forKey: name)?.pieces ?? []
    for piece in pieces {
      switch piece {
      case .bytes(let bytes):
        memoryByteCount -= bytes.count
        try withBytes(of: bytes, body)
      case .stretch(let offset, let byteCount): try readBack(offset, byteCount, body)
      }
    }
  }

  private func readBack(
    _ offset: Int, _ byteCount: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(byteCount, 256 << 10), alignment: 4096)
    defer { buffer.deallocate() }
    var done = 0
    while done < byteCount {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(byteCount - done))
      let count = try file!.withRaw { (file: CInt) throws(Failure) in
        try check("read the temporary file", directory, remedy: "Check its disk and the kernel log.") {
          File.read(file, at: offset + done, into: part)
        }
      }
      guard count > 0 else {
        throw Failure("read the temporary file", directory, .inputOutput, remedy: "Leave its files alone.")
      }
      try body(UnsafeRawBufferPointer(rebasing: part[..<count]))
      done += count
    }
  }

  private func makeFile() throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check(
          "make a temporary file", directory,
          remedy: "Name a directory in TMPDIR that can be written to and whose file system has O_TMPFILE."
        ) { File.openUnnamed(in: directory) }))
  }
}
