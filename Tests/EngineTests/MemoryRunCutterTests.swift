import Linux
import Streams
import Testing

@testable import Engine

private let page = UInt64(pageSize)

@Test(arguments: [1, 2, 3, 5, 7, 100])
func runsAreCutTheSameWhateverSizeThePiecesHave(_ pagesAtOnce: Int) throws {
  let runs = [(0, 1), (2, 1), (4, 6), (20, 1), (22, 3)].map {
    PageRun(address: UInt64($0.0) * page, pageCount: $0.1, flags: .present)
  }
  let pageCount = runs.reduce(0) { $0 + $1.pageCount }
  let bytes = (0..<pageCount).flatMap { [UInt8](repeating: UInt8($0), count: pageSize) }
  let sheet = MemoryPages.Sheet()
  var cutter = RunCutter(runs)
  for start in stride(from: 0, to: bytes.count, by: pagesAtOnce * pageSize) {
    let piece = Array(bytes[start..<min(bytes.count, start + pagesAtOnce * pageSize)])
    #expect(!cutter.isAtEnd)
    try piece.withUnsafeBytes { try cutter.write($0, to: sheet) }
  }
  #expect(cutter.isAtEnd)
  #expect(sheet.runs == runs)
  #expect(sheet.bytes == bytes)
}

@Test func wholeRunsGoAtOnce() {
  var cutter = RunCutter((0..<10).map { PageRun(address: UInt64($0) * 2 * page, pageCount: 1, flags: .present) })
  if case .whole(let runs, let byteCount) = cutter.next(4 * pageSize) {
    #expect(runs.count == 4 && byteCount == 4 * pageSize)
  } else {
    Issue.record("not whole")
  }
}

@Test(arguments: [1, 2, 3, 100])
func runsOfTheParentKeepTheirPlaceAmongTheBytes(_ pagesAtOnce: Int) throws {
  let runs = [(0, 1), (2, 2), (4, 6), (20, 3), (30, 1)].enumerated().map { index, run in
    PageRun(address: UInt64(run.0) * page, pageCount: run.1, flags: index % 2 == 0 ? .parent : .present)
  }
  let bytes = (0..<5).flatMap { [UInt8](repeating: UInt8($0), count: pageSize) }
  let sheet = MemoryPages.Sheet()
  var cutter = RunCutter(runs)
  for start in stride(from: 0, to: bytes.count, by: pagesAtOnce * pageSize) {
    let piece = Array(bytes[start..<min(bytes.count, start + pagesAtOnce * pageSize)])
    #expect(!cutter.isAtEnd)
    try piece.withUnsafeBytes { try cutter.write($0, to: sheet) }
  }
  #expect(cutter.isAtEnd)
  try cutter.conclude(sheet)
  #expect(sheet.runs == runs)
  #expect(sheet.bytes == bytes)
}
