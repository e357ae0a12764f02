import Glibc
import Linux
import Streams
import Testing

@testable import Engine

private let page = UInt64(pageSize)

private func extent(_ first: UInt64, _ count: Int, _ flags: PageFlags = .present) -> PageExtent {
  PageExtent(
    run: PageRun(address: first * page, pageCount: count, flags: flags), way: .vector, isReadable: true)
}

private func range(_ first: UInt64, _ end: UInt64) -> Range<UInt64> { first * page..<end * page }

@Test func onlyWhatIsUnchangedAndHeldIsLeftToTheParent() {
  let result = ParentSplit.split(
    [extent(0, 4), extent(10, 10, [.lazy, .present]), extent(30, 2)],
    unchanged: [range(1, 3), range(8, 16), range(30, 32)],
    held: [(0, 12, PageFlags.present), (14, 1, .parent), (31, 5, .present)].map {
      PageRun(address: $0.0 * page, pageCount: $0.1, flags: $0.2)
    })
  #expect(
    result == [
      extent(0, 1), extent(1, 2, .parent), extent(3, 1),
      extent(10, 2, .parent), extent(12, 2, [.lazy, .present]), extent(14, 1, .parent), extent(15, 5, [.lazy, .present]),
      extent(30, 1), extent(31, 1, .parent),
    ])
}

@Test func anUnchangedRangeMayRunOverSeveralExtents() {
  let result = ParentSplit.split(
    [extent(0, 1), extent(2, 1), extent(4, 1)], unchanged: [range(0, 5)],
    held: [PageRun(address: 0, pageCount: 5, flags: .present)])
  #expect(result == [extent(0, 1, .parent), extent(2, 1, .parent), extent(4, 1, .parent)])
}

private let tracksWrites: Bool = {
  do {
    _ = try WriteTracking.begin()
    return true
  } catch { return false }
}()

/// Sixteen pages: eight written, then protected, then what `change` does to them.
private func unchangedPages(
  after change: (UnsafeMutableRawPointer) throws -> Void
) throws -> (start: UInt64, unchanged: [Range<UInt64>]?) {
  let byteCount = 16 * pageSize
  let memory = try #require(mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
  defer { munmap(memory, byteCount) }
  memset(memory, 1, 8 * pageSize)
  let faults = try WriteTracking.begin()
  let start = UInt64(UInt(bitPattern: memory))
  let range = start..<(start + UInt64(byteCount))
  #expect(faults.borrowed().trackWrites(to: range) == nil)
  let scan = try WriteScan(pid: currentPid())
  let isProtected = scan.protect(range)
  #expect(isProtected)
  try change(memory)
  return (start, scan.unchanged(in: range))
}

@Suite(.enabled(if: tracksWrites, "the kernel tracks no writes by userfaultfd"))
struct WriteTrackingTests {
  @Test func pagesThatNobodyWroteToAreUnchanged() throws {
    let (start, unchanged) = try unchangedPages { _ in }
    #expect(unchanged == [start..<(start + 8 * page)])
  }

  @Test func aWriteOfTheProgramOrOfTheKernelChangesAPage() throws {
    let (start, unchanged) = try unchangedPages {
      memset($0 + 2 * pageSize, 2, 1)
      let zero = open("/dev/zero", O_RDONLY)
      #expect(read(zero, $0 + 5 * pageSize, 1) == 1)
      close(zero)
    }
    #expect(
      unchanged == [
        start..<(start + 2 * page), (start + 3 * page)..<(start + 5 * page), (start + 6 * page)..<(start + 8 * page),
      ])
  }

  @Test func pagesThatAreFilledOrGivenBackAreNotTakenForUnchanged() throws {
    let (start, unchanged) = try unchangedPages {
      memset($0 + 12 * pageSize, 2, pageSize)
      madvise($0, 4 * pageSize, MADV_DONTNEED)
      memset($0, 3, pageSize)
    }
    #expect(unchanged == [(start + 4 * page)..<(start + 8 * page)])
  }

  @Test func anotherMappingInTheRangeMakesTheScanFail() throws {
    let (_, unchanged) = try unchangedPages {
      mmap($0 + 3 * pageSize, pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
    }
    #expect(unchanged == nil)
  }

  @Test func protectionGivesEmptyPagesNoEntries() throws {
    let (start, _) = try unchangedPages {
      let start = UInt64(UInt(bitPattern: $0))
      let range = start..<(start + 16 * page)
      let regions = try TaskPagemap(pid: currentPid(), subject: "us").regions(in: [range])
      #expect(regions.allSatisfy { !$0.range.overlaps((start + 8 * page)..<(start + 16 * page)) })
    }
    #expect(start % page == 0)
  }
}
