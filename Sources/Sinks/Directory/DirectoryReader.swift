internal import Linux
internal import Streams

/// One image of a directory, from its beginning. Pages go from it straight into the caller's buffers.
final class DirectoryReader: ImageReader {
  private let file: OwnedFD
  private let path: String
  private var offset = 0
  private var end: Int?

  init(adopting file: consuming OwnedFD, path: String) {
    self.file = file
    self.path = path
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    guard buffer.count > 0 else { return 0 }
    return try advance("read the image") { file in File.read(file, at: offset, into: buffer) }
  }

  func readFully(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) -> Int {
    try fill(buffers) { (vectors) throws(Failure) in
      try advance("read the image") { file in File.read(file, at: offset, into: vectors) }
    }
  }

  func skip(byteCount: Int) throws(Failure) -> Int {
    let count = min(byteCount, max(try findEnd() - offset, 0))
    offset += count
    return count
  }

  /// Asked once: nobody writes to an image of a whole set.
  private func findEnd() throws(Failure) -> Int {
    if let end { return end }
    let found = try file.withRaw { (file: CInt) throws(Failure) in
      try check("find the end of the image", path, remedy: DirectoryReader.remedy) { File.seekToEnd(file) }
    }
    end = found
    return found
  }

  func take(byteCount: Int) throws(Failure) -> FileExtent? {
    let start = offset
    let count = try skip(byteCount: byteCount)
    return FileExtent(file: file.borrowed(), offset: start, byteCount: count, path: path)
  }

  private func advance(_ attempted: StaticString, _ call: (CInt) -> Int) throws(Failure) -> Int {
    let count = try file.withRaw { (file: CInt) throws(Failure) in
      try check("\(attempted)", path, remedy: DirectoryReader.remedy) { call(file) }
    }
    offset += count
    return count
  }

  private static let remedy = "Check the disk and the kernel log; where the image is lost, restore from another set."
}
