import Images
import Linux
import Streams
import Testing

/// Gives what it has, then zeros for ever.
private final class EndlessReader: ImageReader {
  private var first: ArraySlice<UInt8>
  private(set) var readCount = 0

  init(_ bytes: [UInt8]) { first = bytes[...] }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    for index in buffer.indices { buffer[index] = first.popFirst() ?? 0 }
    readCount += buffer.count
    return buffer.count
  }
}

@Suite struct RecordTests {
  @Test func theBytesAreThoseOfTheFormat() throws {
    let set = MemorySet()
    try set.write(records: [FsEntry { $0.cwdId = 3 }], to: .fs, 12)
    #expect(
      set[.fs, 12] == [0x19, 0x43, 0x56, 0x54, 0x12, 0x39, 0x40, 0x51, 4, 0, 0, 0, 0x08, 3, 0x10, 0])
    try set.write(records: [InventoryEntry { $0.imgVersion = 2 }], to: .inventory)
    #expect(set[.inventory] == [0x16, 0x31, 0x31, 0x58, 2, 0, 0, 0, 0x08, 2])
    try set.write(records: [StatsEntry()], to: .statsDump)
    #expect(set[.statsDump] == [0x40, 0x59, 0x10, 0x55, 0x06, 0x33, 0x09, 0x57, 0, 0, 0, 0])
  }

  @Test func noRecordsMakeNoImageAndRemoveAnOlderOne() throws {
    let set = MemorySet()
    set[.filelocks] = [1, 2, 3]
    try set.write(records: [FileLockEntry](), to: ImageKind.filelocks.name(), kind: .filelocks)
    #expect(set.images.isEmpty)
    #expect(try set.records(of: FileLockEntry.self, in: .filelocks) == nil)
  }

  @Test func anEmptyMessageIsARecord() throws {
    let set = MemorySet()
    try set.write(records: [SeccompEntry(), SeccompEntry()], to: .seccomp)
    #expect(try set.records(of: SeccompEntry.self, in: .seccomp)?.count == 2)
  }

  @Test func setsOfVersion1HaveNoHead() throws {
    let set = MemorySet()
    set[.fs, 1] = [0x12, 0x39, 0x40, 0x51, 4, 0, 0, 0, 0x08, 3, 0x10, 0]
    #expect(try set.record(of: FsEntry.self, in: .fs, 1)?.cwdId == 3)
  }

  @Test func anotherKindIsRefusedByName() throws {
    let set = MemorySet()
    try set.write(records: [FsEntry()], to: .fs, 1)
    set[.mm, 1] = set[.fs, 1]
    let failure = #expect(throws: Failure.self) { try set.record(of: MmEntry.self, in: .mm, 1) }
    #expect(failure?.errno == .badMessage)
    #expect(failure?.subject.contains("mm-1.img") == true)
  }

  @Test func damageNamesImageRecordAndOffset() throws {
    let set = MemorySet()
    try set.write(records: [FsEntry(), FsEntry()], to: .fs, 1)
    set[.fs, 1]![20] = 0xFF  // the first tag of the second record
    let failure = #expect(throws: Failure.self) { try set.records(of: FsEntry.self, in: .fs, 1) }
    #expect(failure?.errno == .badMessage)
    #expect(failure?.subject == "fs-1.img, record 2, offset 16")
  }

  @Test func aHugeSizeIsRefusedBeforeItIsRead() throws {
    let endless = EndlessReader([0x19, 0x43, 0x56, 0x54, 0x12, 0x39, 0x40, 0x51, 1, 0, 0, 4])
    let records = try RecordReader(endless, kind: .fs, name: ImageKind.fs.name(1))
    let failure = #expect(throws: Failure.self) { try records.next(FsEntry.self) }
    #expect(failure?.errno == .badMessage)
    #expect(endless.readCount < 1 << 20)
  }

  @Test func severalRecordsWhereOneBelongsAreDamage() throws {
    let set = MemorySet()
    try set.write(records: [FsEntry(), FsEntry()], to: .fs, 1)
    #expect(throws: Failure.self) { try set.record(of: FsEntry.self, in: .fs, 1) }
  }

  @Test func aRecordIsNoSystemCall() throws {
    let set = MemorySet()
    try set.write(records: Array(repeating: FdinfoEntry(), count: 3_000), to: .fdinfo, 1)
    #expect(set.writeCount == 1)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 65_536])
  func readsOfAnySizeGiveTheSameRecords(_ pieceSize: Int) throws {
    let set = MemorySet()
    let locks = (0..<2_000).map { index in FileLockEntry { $0.start = Int64(index) << (index % 50) } }
    try set.write(records: locks, to: .filelocks)
    set.pieceSize = pieceSize
    #expect(try set.records(of: FileLockEntry.self, in: .filelocks) == locks)
  }

  @Test func aRecordLargerThanTheBufferGoesThrough() throws {
    let set = MemorySet()
    let data = TtyDataEntry { $0.data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) } }
    try set.write(records: [data, TtyDataEntry(), data], to: .ttyData)
    #expect(try set.records(of: TtyDataEntry.self, in: .ttyData) == [data, TtyDataEntry(), data])
  }
}
