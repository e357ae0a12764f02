import Glibc
import Linux
import Streams
import Testing

@testable import Engine

/// A file without a name, whose every eight bytes tell their own offset.
func numberedFile(byteCount: Int) throws -> SharedMemoryFile {
  let file = try SharedMemoryFile.create(name: "pages")
  try file.setByteCount(UInt64(byteCount))
  let mapped = try file.map(at: 0, byteCount: byteCount)
  defer { unmap(mapped.baseAddress!, byteCount: byteCount) }
  let words = mapped.bindMemory(to: UInt64.self)
  for index in words.indices { words[index] = UInt64(index * 8) }
  return file
}

/// Pids that nobody has now; other tests start processes meanwhile, so that a helper may find one taken.
func freePids() -> ArraySlice<Int32> { (31000..<32000).filter { !processExists($0) }.prefix(16) }

private func isNumbered(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int) -> Bool {
  let words = buffer.bindMemory(to: UInt64.self)
  return words.indices.allSatisfy { words[$0] == UInt64(offset + $0 * 8) }
}

@Test(arguments: [true, false]) func partsOfAFileComeIntoPlace(hasHelp: Bool) throws {
  let byteCount = 24 << 20
  let file = try numberedFile(byteCount: byteCount)
  let memory = try mapAnonymous(byteCount: 2 * byteCount, sharing: .copyOnWrite)
  defer { unmap(memory, byteCount: 2 * byteCount) }
  // Each second page of the first 8 MiB, then all the rest at once, from no round address.
  let scattered = (0..<1024).map { UnsafeMutableRawBufferPointer(start: memory + $0 * 8192, count: 4096) }
  let rest = UnsafeMutableRawBufferPointer(start: memory + (8 << 20) + 4096, count: byteCount - (4 << 20))
  let pids = hasHelp ? freePids() : []
  let fill = FileFill(help: FillHelp(pids: pids))
  for (offset, buffers) in [(0, scattered), (4 << 20, [rest])] {
    let extent = FileExtent(
      file: file.descriptor.borrowed(), offset: offset, byteCount: buffers.reduce(0) { $0 + $1.count }, path: "pages-1.img")
    try fill.add(extent, into: buffers)
  }
  try fill.run()
  for (index, page) in scattered.enumerated() { #expect(isNumbered(page, from: index * 4096)) }
  #expect(isNumbered(rest, from: 4 << 20))
  // What lies between them stays untouched, and nobody is left.
  #expect((0..<1024).allSatisfy { (memory + $0 * 8192 + 4096).load(as: UInt64.self) == 0 })
  for pid in pids { #expect(waitpid(pid, nil, WNOHANG | Int32(bitPattern: 0x4000_0000)) == -1 && errno == ECHILD) }
}

@Test func aFileThatEndsEarlyIsDamage() throws {
  let file = try numberedFile(byteCount: 20 << 20)
  let memory = try mapAnonymous(byteCount: 24 << 20, sharing: .copyOnWrite)
  defer { unmap(memory, byteCount: 24 << 20) }
  let fill = FileFill(help: FillHelp(pids: freePids()))
  let extent = FileExtent(file: file.descriptor.borrowed(), offset: 0, byteCount: 24 << 20, path: "pages-1.img")
  try fill.add(extent, into: [UnsafeMutableRawBufferPointer(start: memory, count: 24 << 20)])
  #expect {
    try fill.run()
  } throws: {
    ($0 as? Failure)?.errno == .badMessage && ($0 as? Failure)?.subject.hasPrefix("pages-1.img, for address") == true
  }
}

@Test func piecesEndWhereAPageTableDoes() throws {
  let memory = UnsafeMutableRawPointer(bitPattern: 0x4000_0000 + 0x1f_f000)!  // never touched
  var pieces: [[Int]] = []
  try FillPiece.cut([
    UnsafeMutableRawBufferPointer(start: memory, count: 0x1000 + 0x40_0000),
    UnsafeMutableRawBufferPointer(start: memory + 0x80_0000, count: 0x1000),
  ]) { (piece) throws(Failure) in pieces.append(piece.buffers.map(\.count)) }
  #expect(pieces == [[0x1000, 0x20_0000], [0x20_0000], [0x1000]])
}

@Test func helpersOfTasksGetPidsThatNoTaskHas() {
  #expect(FreePids(beside: [40, 41, 43], taskCount: 1).share(ofTask: 0) == [44, 45, 46, 47, 48, 49, 50, 51])
  let highest = FreePids(beside: [32766, 32767, 5], taskCount: 2)
  #expect(highest.share(ofTask: 0).allSatisfy { $0 < 32766 && $0 > 5 } && highest.share(ofTask: 0).count == 8)
  #expect(Set(highest.share(ofTask: 0)).isDisjoint(with: highest.share(ofTask: 1)))
  #expect(FreePids(beside: [2, 3, 32767], taskCount: 1).share(ofTask: 0).contains(2) == false)
}
