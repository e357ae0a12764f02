import Linux
import Streams

/// Images in memory, as a pipe has them: in order, each opened once, no name that could be asked for at any time.
final class MemoryPlace: ImageSink, ImageSource {
  let abilities: Abilities = [.ordered]
  let pagesNumbers = PagesNumbers()
  var images: [ImageName: [UInt8]] = [:]
  private(set) var isCommitted = false

  func open(_ name: ImageName) throws(Failure) -> any ImageStream { Writing(name, self) }

  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { images[name].map { Reading($0) } }

  func commit() throws(Failure) { isCommitted = true }

  private final class Writing: ImageStream {
    private let name: ImageName
    private let place: MemoryPlace
    private var bytes: [UInt8]?

    init(_ name: ImageName, _ place: MemoryPlace) {
      self.name = name
      self.place = place
    }

    func write(_ bytes: RawSpan) throws(Failure) {
      self.bytes = (self.bytes ?? []) + bytes.withUnsafeBytes { Array($0) }
    }

    func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
      throw Failure("splice", name.description, .notSupported, remedy: "Look at the test.")
    }

    func finish() throws(Failure) { place.images[name] = bytes }
  }

  /// Gives a few bytes at a time, as a pipe may.
  private final class Reading: ImageReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
      let count = min(buffer.count, rest.count, 70_001)
      buffer.copyBytes(from: rest.prefix(count))
      rest.removeFirst(count)
      return count
    }
  }
}
