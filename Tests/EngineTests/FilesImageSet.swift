import Glibc
import Images
import Linux
import Streams

/// A set of images in memory, for tests of files.
final class FilesImageSet: ImageSink, ImageSource {
  let abilities: Abilities = [.reopen]
  let pagesNumbers = PagesNumbers()
  var images: [ImageName: [UInt8]] = [:]

  func open(_ name: ImageName) throws(Failure) -> any ImageStream { Stream(self, name) }
  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { images[name].map { Reader($0) } }
  func parent() throws(Failure) -> (any ImageSource)? { nil }
  func commit() throws(Failure) {}

  private final class Stream: ImageStream {
    let set: FilesImageSet
    let name: ImageName
    var bytes: [UInt8] = []

    init(_ set: FilesImageSet, _ name: ImageName) {
      self.set = set
      self.name = name
    }

    func write(_ bytes: RawSpan) throws(Failure) { bytes.withUnsafeBytes { self.bytes += $0 } }
    func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
      throw Failure("splice", "\(name)", .notSupported, remedy: "Files are written, not spliced.")
    }
    func finish() throws(Failure) { set.images[name] = bytes }
  }

  private final class Reader: ImageReader {
    var rest: ArraySlice<UInt8>
    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
      let piece = rest.prefix(buffer.count)
      buffer.copyBytes(from: piece)
      rest = rest.dropFirst(piece.count)
      return piece.count
    }
  }
}
