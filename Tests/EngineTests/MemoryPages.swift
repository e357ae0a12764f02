import Linux
import Streams

/// Pages in memory: a sink that a test looks into, and the source that reads them back.
final class MemoryPages: ImageSink {
  /// What one pagemap got.
  final class Sheet: PageSink {
    private(set) var runs: [PageRun] = []
    private(set) var bytes: [UInt8] = []
    private(set) var isFinished = false

    func begin(_ run: PageRun) { runs.append(run) }
    func write(_ piece: RawSpan) { piece.withUnsafeBytes { bytes += $0 } }
    func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
      var piece = [UInt8](repeating: 0, count: byteCount)
      var done = 0
      while done < byteCount {
        done += try check("read", "pipe", remedy: "") {
          pipe.withRaw { pipe in
            piece.withUnsafeMutableBytes {
              File.read(pipe, into: UnsafeMutableRawBufferPointer(rebasing: $0[done...]))
            }
          }
        }
      }
      bytes += piece
    }
    func finish() { isFinished = true }

    /// The first byte of each page, by address.
    var firstBytes: [UInt64: UInt8] {
      var firsts: [UInt64: UInt8] = [:]
      var offset = 0
      for run in runs {
        for page in 0..<run.pageCount {
          firsts[run.address + UInt64(page * pageSize)] = bytes[offset]
          offset += pageSize
        }
      }
      return firsts
    }

    /// The flags of the run that has this page.
    func flags(at address: UInt64) -> PageFlags? { runs.first { $0.address <= address && address < $0.end }?.flags }
  }

  let abilities: Abilities = []
  let pagesNumbers = PagesNumbers()
  private(set) var sheets: [PagesID: Sheet] = [:]

  func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    throw Failure("open", name.description, .notSupported, remedy: "Only pages go here.")
  }
  func openPages(_ id: PagesID) throws(Failure) -> any PageSink {
    sheets[id] = Sheet()
    return sheets[id]!
  }
  func commit() throws(Failure) {}
}

/// Pages that a test wrote down.
final class ListedPages: PageSource {
  private var runs: [(PageRun, [UInt8])]
  private var current: ArraySlice<UInt8> = []

  /// - Parameter pages: Address and the byte that fills the page, ascending; neighbours come as one run.
  init(_ pages: [(UInt64, UInt8)]) {
    runs = []
    for (address, byte) in pages {
      let bytes = [UInt8](repeating: byte, count: pageSize)
      if let last = runs.last, last.0.end == address {
        runs[runs.count - 1].0.pageCount += 1
        runs[runs.count - 1].1 += bytes
      } else {
        runs.append((PageRun(address: address, pageCount: 1, flags: .present), bytes))
      }
    }
  }

  var listedByteCount: Int { runs.reduce(0) { $0 + $1.1.count } }

  func next() throws(Failure) -> PageRun? {
    guard !runs.isEmpty else { return nil }
    let (run, bytes) = runs.removeFirst()
    current = bytes[...]
    return run
  }

  func read(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) {
    for buffer in buffers {
      guard current.count >= buffer.count else {
        throw Failure("read pages", "test", .badMessage, remedy: "Ask for less.")
      }
      buffer.copyBytes(from: current.prefix(buffer.count))
      current = current.dropFirst(buffer.count)
    }
  }
}
