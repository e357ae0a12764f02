import Glibc
@testable import Linux
import Testing

private let page = 4096

/// Whether the kernel has PAGEMAP_SCAN.
private let hasScan: Bool = {
  do { return try !regions(of: 0..<UInt64(page), by: .scan).contains { _ in false } } catch { return false }
}()

private func regions(of range: Range<UInt64>, by way: TaskPagemap.Way?) throws -> [PagemapRegion] {
  try TaskPagemap(pid: getpid(), subject: "ourselves", forced: way).regions(in: [range])
}

/// Twelve pages: 1 and 2 written, 4 only read (the zero page), 6 written and guarded, 7 guarded, 9 written and given
/// back, 11 written.
private final class Pages {
  let memory: UnsafeMutableRawPointer
  let range: Range<UInt64>

  init() throws {
    memory = try mapAnonymous(byteCount: 12 * page, sharing: .copyOnWrite)
    let start = UInt64(UInt(bitPattern: memory))
    range = start..<(start + UInt64(12 * page))
    for written in [1, 2, 6, 9, 11] { memory.storeBytes(of: 1, toByteOffset: written * page, as: UInt8.self) }
    let file = open("/dev/null", O_WRONLY)
    #expect(memory.load(fromByteOffset: 4 * page, as: UInt8.self) == 0)
    close(file)
    #expect(madvise(memory + 9 * page, page, MADV_DONTNEED) == 0)
    #expect(madvise(memory + 6 * page, 2 * page, 102) == 0)  // MADV_GUARD_INSTALL
  }

  deinit { unmap(memory, byteCount: 12 * page) }

  func region(_ pages: Range<Int>, _ kind: PagemapRegion.Kind) -> PagemapRegion {
    PagemapRegion(
      start: range.lowerBound + UInt64(pages.lowerBound * page),
      end: range.lowerBound + UInt64(pages.upperBound * page), kind: kind)
  }
}

@Test(arguments: [TaskPagemap.Way.scan, .read])
func onlyPagesWithContentsAreFound(_ way: TaskPagemap.Way) throws {
  let pages = try Pages()
  #expect(
    try regions(of: pages.range, by: way) == [
      pages.region(1..<3, .data), pages.region(6..<8, .guarded), pages.region(11..<12, .data),
    ])
}

@Test(.enabled(if: hasScan, "needs PAGEMAP_SCAN")) func aScanAndAReadAgreeOnAllOurMappings() throws {
  let mappings = try MapsFile.maps.readOwn().filter { $0.name == .path }.map(\.range)
  // The data of mapped files changes little while we look; other threads of the test write to it, though.
  var last: ([PagemapRegion], [PagemapRegion]) = ([], [])
  for _ in 0..<10 {
    let both = try (
      mappings.flatMap { try regions(of: $0, by: .scan) }, mappings.flatMap { try regions(of: $0, by: .read) }
    )
    last = both
    if both.0 == both.1 { break }
  }
  #expect(last.0 == last.1)
  #expect(!last.0.isEmpty)
}

@Test func aWayIsFoundByTrying() throws {
  let pages = try Pages()
  #expect(try regions(of: pages.range, by: nil).count == 3)
}

@Test func moreRegionsThanOneCallReturnsAreAllFound() throws {
  let count = 20_000
  let memory = try mapAnonymous(byteCount: count * page, sharing: .copyOnWrite)
  defer { unmap(memory, byteCount: count * page) }
  for index in stride(from: 0, to: count, by: 2) {
    memory.storeBytes(of: 1, toByteOffset: index * page, as: UInt8.self)
  }
  let start = UInt64(UInt(bitPattern: memory))
  let found = try regions(of: start..<(start + UInt64(count * page)), by: nil)
  #expect(found.count == count / 2)
  #expect(found.last?.start == start + UInt64((count - 2) * page))
}

@Test(arguments: [TaskPages.Piece.Way.vector, .memoryFile])
func piecesAreReadInOrder(_ way: TaskPages.Piece.Way) throws {
  let pages = try Pages()
  for index in [1, 2, 11] { memset(pages.memory + index * page, CInt(index), page) }
  // Page 11 may not be read by the process itself.
  #expect(mprotect(pages.memory + 11 * page, page, PROT_NONE) == 0)
  let pieces = [11, 2, 1, 11, 1].map {
    TaskPages.Piece(address: pages.range.lowerBound + UInt64($0 * page), byteCount: page, way: way)
  }
  var bytes = [UInt8](repeating: 0, count: pieces.count * page)
  let memory = try TaskPages(pid: getpid(), subject: "ourselves")
  try bytes.withUnsafeMutableBytes { try memory.read(pieces, into: $0) }
  #expect(stride(from: 0, to: bytes.count, by: page).map { bytes[$0] } == [11, 2, 1, 11, 1])
}

@Test func memoryThatIsNotThereIsAnError() throws {
  let pages = try Pages()
  let memory = try TaskPages(pid: getpid(), subject: "ourselves")
  var bytes = [UInt8](repeating: 0, count: page)
  let piece = TaskPages.Piece(
    address: pages.range.lowerBound + UInt64(6 * page), byteCount: page, way: .vector)
  #expect(throws: Failure.self) { try bytes.withUnsafeMutableBytes { try memory.read([piece], into: $0) } }
}
