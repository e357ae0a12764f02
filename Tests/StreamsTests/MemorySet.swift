import Glibc
import Linux
import Streams

/// A set in memory.
final class MemorySet: ImageSink, ImageSource {
  var abilities: Abilities = [.reopen]
  let pagesNumbers = PagesNumbers()
  var images: [ImageName: [UInt8]] = [:]
  /// System calls that a file would have cost.
  var writeCount = 0
  var parentSet: MemorySet?
  /// What was dropped of pages images.
  var dropped: [Range<Int>] = []
  /// Bytes that one read gives at most.
  var pieceSize = Int.max

  func open(_ name: ImageName) throws(Failure) -> any ImageStream { MemoryStream(self, name) }
  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? {
    images[name].map { MemoryReader($0, pieceSize: pieceSize) }
  }
  func parent() throws(Failure) -> (any ImageSource)? { parentSet }
  func drop(_ ranges: [Range<Int>], of name: ImageName) throws(Failure) -> Int {
    dropped += ranges
    return ranges.reduce(0) { $0 + $1.count }
  }
  func commit() throws(Failure) {}

  subscript(_ kind: ImageKind, _ number: UInt64 = 0) -> [UInt8]? {
    get { images[kind.name(number)] }
    set { images[kind.name(number)] = newValue }
  }
}

final class MemoryStream: ImageStream {
  private let set: MemorySet
  private let name: ImageName
  private var bytes: [UInt8]?

  init(_ set: MemorySet, _ name: ImageName) {
    self.set = set
    self.name = name
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    set.writeCount += 1
    bytes.withUnsafeBytes { self.bytes = (self.bytes ?? []) + $0 }
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    set.writeCount += 1
    var piece = [UInt8](repeating: 0, count: byteCount)
    var done = 0
    while done < byteCount {
      let count = pipe.withRaw { descriptor in
        piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + done, byteCount - done) }
      }
      guard count > 0 else {
        throw Failure("read the pipe", "test", .brokenPipe, remedy: "Write enough into it.")
      }
      done += count
    }
    bytes = (bytes ?? []) + piece
  }

  func finish() throws(Failure) { set.images[name] = bytes }
}

final class MemoryReader: ImageReader {
  private let bytes: [UInt8]
  private let pieceSize: Int
  private var position = 0

  init(_ bytes: [UInt8], pieceSize: Int = .max) {
    self.bytes = bytes
    self.pieceSize = pieceSize
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count = min(buffer.count, bytes.count - position, pieceSize)
    buffer.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}

/// A pipe that holds `bytes`, with its write end closed.
func pipe(holding bytes: [UInt8]) -> OwnedFD {
  var ends: [CInt] = [0, 0]
  precondition(Glibc.pipe(&ends) == 0 && Glibc.write(ends[1], bytes, bytes.count) == bytes.count)
  close(ends[1])
  return OwnedFD(adopting: ends[0])
}
