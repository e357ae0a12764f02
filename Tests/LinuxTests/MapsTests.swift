import Glibc
@testable import Linux
import Testing

private let sample = """
  55e5f6267000-55e5f6269000 r--p 00001000 fe:00 253911                     /usr/bin/a name with spaces
  Size:                  8 kB
  KernelPageSize:        4 kB
  MMUPageSize:           4 kB
  Shared_Clean:          8 kB
  Shared_Dirty:         12 kB
  THPeligible:           0
  VmFlags: rd mr mw me 
  7f0000000000-7f0000200000 rw-p 00000000 00:0f 77                         /anon_hugepage (deleted)
  KernelPageSize:     2048 kB
  Shared_Clean:          0 kB
  VmFlags: rd wr mr mw me lo nr dd ht 
  7f68e3630000-7f68e3634000 r--p 00000000 00:00 0                          [vvar]
  VmFlags: rd mr pf io de dd 
  7f68e3636000-7f68e3638000 r-xp 00000000 00:00 0                          [vdso]
  7f68e3639000-7f68e363a000 ---s 00000000 00:01 18975                      /memfd:hello (deleted)
  7ffed4aee000-7ffed4b0f000 rw-p 00000000 00:00 0 
  VmFlags: rd wr mr mw me gd ac 
  ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]

  """

private func parse(_ text: String, pieceByteCount: Int) throws -> [MapsEntry] {
  var parser = MapsParser()
  var kept: [UInt8] = []
  let bytes = Array(text.utf8)
  for start in stride(from: 0, to: bytes.count, by: pieceByteCount) {
    kept += bytes[start..<min(start + pieceByteCount, bytes.count)]
    kept.removeFirst(try kept.withUnsafeBytes { try parser.take($0) })
  }
  #expect(kept.isEmpty)
  return parser.entries
}

@Test func everyColumnOfSmapsIsRead() throws {
  let entries = try parse(sample, pieceByteCount: 1 << 20)
  #expect(entries.count == 7)
  let file = try #require(entries.first)
  #expect(file.range == 0x55e5_f626_7000..<0x55e5_f626_9000)
  #expect(file.protection == 1 && !file.isShared && file.offset == 0x1000)
  #expect(file.deviceMajor == 0xfe && file.deviceMinor == 0 && file.inode == 253911)
  #expect(file.sharedCleanByteCount == 8192 && file.sharedDirtyByteCount == 12288)
  #expect(entries.map(\.name) == [.path, .anonymousHuge, .vvar, .vdso, .memfd, .none, .vsyscall])
  #expect(entries[1].pageByteCount == 2 << 20)
  #expect(entries[1].flags == [.locked, .noReserve, .dontDump, .hugetlb])
  #expect(entries[2].flags == [.pageFrames, .inputOutput, .dontDump])
  #expect(entries[4].isShared && entries[4].protection == 0)
  #expect(entries[5].flags == [.growsDown])
}

@Test(arguments: [1, 7, 64, 100]) func aLineMayComeInPieces(byteCount: Int) throws {
  #expect(try parse(sample, pieceByteCount: byteCount) == parse(sample, pieceByteCount: 1 << 20))
}

@Test(arguments: ["7f00-8000 rw-p 00000000 fe\n", "7f00 8000 rw-p 00000000 fe:00 1 \n", "8000-7f00 rw-p 00000000 fe:00 1\n"])
func aDamagedLineIsRefused(_ line: String) {
  #expect(throws: Failure.self) { try parse(line, pieceByteCount: 1000) }
}

@Test func mapsAndSmapsTellTheSame() throws {
  let byteCount = 3 * 4096
  let memory = try mapAnonymous(byteCount: byteCount, sharing: .shared)
  defer { unmap(memory, byteCount: byteCount) }
  // Other tests map memory meanwhile: only the mapping of ours is compared.
  let start = UInt64(UInt(bitPattern: memory))
  for file in [MapsFile.maps, .smaps] {
    let own = try #require(try file.read(pid: getpid()).first { $0.start == start })
    #expect(own.byteCount == UInt64(byteCount) && own.isShared && own.name == .sharedZero && own.inode != 0)
  }
}

@Test func anEndedProcessIsNamed() {
  #expect { try MapsFile.maps.read(pid: 1 << 22) } throws: { ($0 as? Failure)?.subject == "/proc/4194304/maps" }
}

@Test func addressesComeFromBehindTheName() throws {
  let fields = (4...52).map { String($0 * 1000) }.joined(separator: " ")
  let stat = try ProcStat(parsing: Array("12 (a) b) c) R \(fields)\n".utf8), path: "a test")
  #expect(stat.codeStart == 26000 && stat.codeEnd == 27000 && stat.stackStart == 28000)
  #expect(stat.dataStart == 45000 && stat.dataEnd == 46000 && stat.breakStart == 47000)
  #expect(stat.argumentsStart == 48000 && stat.argumentsEnd == 49000)
  #expect(stat.environmentStart == 50000 && stat.environmentEnd == 51000)
}
