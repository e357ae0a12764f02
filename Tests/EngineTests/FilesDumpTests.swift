import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

private let isRoot = geteuid() == 0

@Suite(.enabled(if: isRoot, "needs root: looks into another process"), .serialized)
struct FilesDumpTests {
  private func dump(_ victim: FilesVictim, configure: (inout DumpOptions) -> Void = { _ in }) throws -> FileDump {
    var options = DumpOptions(pid: victim.task.pid, imagesDirectory: "/", workDirectory: "/")
    configure(&options)
    let dump = FileDump(tasks: [victim.task], options: options, log: Log(descriptor: -1, level: .error))
    try dump.dumpDescriptors(of: victim.task, filesID: 7)
    try dump.conclude()
    try dump.makeRecords()
    return dump
  }

  @Test func aRegularFileIsDumpedWithPathPositionAndFlags() throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "hello world")
    let victim = try FilesVictim {
      let descriptor = open(path, O_RDWR | O_APPEND)
      lseek(descriptor, 5, SEEK_SET)
    }
    let dump = try dump(victim)
    let entry = try #require(dump.descriptors[7]?.first)
    #expect(entry.fd == 0 && entry.type == .reg && entry.flags == 0)
    let file = try #require(dump.files.first { $0.id == entry.id }?.reg)
    #expect(file.name == path && file.pos == 5 && file.size == 11)
    #expect(file.flags == 0x8000 | UInt32(O_RDWR | O_APPEND))
    #expect(file.mode == 0o100644 && file.mntId == nil && file.ext == nil && file.buildId.isEmpty)
  }

  @Test func duplicatesShareOneRecordAndSeparateOpensDoNot() throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "x")
    let victim = try FilesVictim {
      _ = open(path, O_RDONLY)
      _ = dup(0)
      _ = open(path, O_RDONLY)
      _ = fcntl(1, F_SETFD, FD_CLOEXEC)
    }
    let dump = try dump(victim)
    let entries = try #require(dump.descriptors[7])
    #expect(entries.map(\.fd) == [0, 1, 2])
    #expect(entries.map(\.flags) == [0, 1, 0])
    #expect(entries[0].id == entries[1].id && entries[0].id != entries[2].id)
    #expect(dump.files.count == 2)
  }

  @Test func manyOpensOfOneFileStayApartAndTheirDuplicatesTogether() throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "x")
    let victim = try FilesVictim {
      for _ in 0..<300 { _ = open(path, O_RDONLY) }
      // 3 tells the test that the victim is ready.
      for number in 0...300 as ClosedRange<Int32> where number != 3 { _ = dup(number) }
    }
    let dump = try dump(victim)
    let ids = try #require(dump.descriptors[7]).map(\.id)
    #expect(ids.count == 600 && Set(ids).count == 300)
    #expect(dump.files.count == 300)
  }

  @Test func aPipeIsDumpedWithBothEndsAndItsContentsStayInIt() throws {
    let victim = try FilesVictim {
      var ends: [Int32] = [0, 0]
      _ = pipe(&ends)
      _ = "some bytes".withCString { write(ends[1], $0, 10) }
      _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    }
    for _ in 0..<2 {
      let dump = try dump(victim)
      let pipes = dump.files.compactMap(\.pipe)
      #expect(pipes.count == 2 && pipes[0].pipeId == pipes[1].pipeId)
      #expect(pipes.map(\.flags) == [0, UInt32(O_WRONLY | O_NONBLOCK)])
      let contents = dump.states[Pipe.Contents.self].contents
      #expect(contents.count == 1 && contents[0].bytes == Array("some bytes".utf8))
      #expect(contents[0].record.size == 65536 && contents[0].record.bytes == 10)
    }
  }

  @Test func aFullPipeIsDumpedWhole() throws {
    let victim = try FilesVictim {
      var ends: [Int32] = [0, 0]
      _ = pipe(&ends)
      _ = fcntl(ends[1], 1031, 1 << 20)
      _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
      let bytes = [UInt8](repeating: 7, count: 1 << 20)
      _ = write(ends[1], bytes, bytes.count)
    }
    let contents = try dump(victim).states[Pipe.Contents.self].contents
    #expect(contents.first?.bytes == [UInt8](repeating: 7, count: 1 << 20))
  }

  @Test func aFifoNamesARecordWithItsPath() throws {
    let scratch = FilesScratch()
    let path = scratch.path + "/fifo"
    let victim = try FilesVictim {
      mkfifo(path, 0o600)
      _ = open(path, O_RDWR)
      _ = "abc".withCString { write(0, $0, 3) }
    }
    let dump = try dump(victim)
    let fifo = try #require(dump.files.compactMap(\.fifo).first)
    let record = try #require(dump.files.first { $0.id == fifo.regfId }?.reg)
    #expect(record.name == path && record.flags == 0x8000 | UInt32(O_RDWR) && record.size == nil)
    #expect(dump.states[Fifo.Contents.self].contents.first?.bytes == Array("abc".utf8))
  }

  @Test func aRemovedFileGoesIntoTheSetAndTwoOpensShareIt() throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone", "contents")
    let victim = try FilesVictim {
      _ = open(path, O_WRONLY)
      _ = open(path, O_RDONLY)
      unlink(path)
    }
    let dump = try dump(victim)
    #expect(dump.files.compactMap(\.reg?.name) == [path, path])
    #expect(dump.remaps.map(\.remapId) == [1, 1] && dump.remaps.allSatisfy { $0.remapType == .ghost })
    let set = FilesImageSet()
    try dump.writeRecords(to: set)
    try dump.writeBlobs(to: set)
    let reader = try #require(try set.recordReader(.ghostFile, 1))
    let ghost = try #require(try reader.next(GhostFileEntry.self))
    #expect(ghost.chunks != true && ghost.mode == 0o100644)
    #expect(try reader.readExtra(byteCount: 8) == Array("contents".utf8))
  }

  @Test func aLargeRemovedFileIsStoredInChunksWithoutItsHoles() throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone")
    let victim = try FilesVictim {
      let descriptor = open(path, O_RDWR)
      _ = pwrite(descriptor, "a", 1, 0)
      _ = pwrite(descriptor, "b", 1, 1 << 19)
      unlink(path)
    }
    let ghost = try #require(try dump(victim).states[GhostDump.self].ghosts.first)
    #expect(ghost.record.chunks == true && ghost.record.size == 1 << 19 + 1)
    let contents = try #require(ghost.contents)
    #expect(contents.extents.map(\.lowerBound) == [0, 1 << 19])
    #expect(contents.byteCount < 1 << 17)
  }

  /// A dump holds none of it, unless the tree runs on before it is written: then it is what it was in the freeze.
  @Test(arguments: [false, true]) func aLargeRemovedFileIsReadWhenItIsWritten(_ isKept: Bool) throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone", String(repeating: "before..", count: 100_000))
    let ours = open(path, O_WRONLY)
    defer { close(ours) }
    let victim = try FilesVictim {
      _ = open(path, O_RDONLY)
      unlink(path)
    }
    let dump = try dump(victim)
    let contents = try #require(dump.states[GhostDump.self].ghosts.first?.contents)
    #expect(contents.isOpen)
    if isKept { try dump.states[GhostDump.self].keep() }
    #expect(contents.isOpen != isKept)
    _ = pwrite(ours, "changed!", 8, 400_000)
    let set = FilesImageSet()
    try dump.writeBlobs(to: set)
    let reader = try #require(try set.recordReader(.ghostFile, 1))
    #expect(try reader.next(GhostFileEntry.self)?.size == 800_000)
    #expect(try reader.next(GhostChunkEntry.self)?.len == 800_000)
    let bytes = try reader.readExtra(byteCount: 800_000)
    #expect(String(decoding: bytes[400_000..<400_008], as: UTF8.self) == (isKept ? "before.." : "changed!"))
    #expect(bytes.prefix(400_000).elementsEqual(Array(String(repeating: "before..", count: 50_000).utf8)))
    let extra = bytes.suffix(399_992)
    #expect(extra.elementsEqual(Array(String(repeating: "before..", count: 49_999).utf8)))
  }

  @Test func aRemovedFileAboveTheLimitIsRefusedByName() throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone", String(repeating: "12345678", count: 2000))
    let victim = try FilesVictim {
      _ = open(path, O_RDWR)
      unlink(path)
    }
    let failure = #expect(throws: Failure.self) { try dump(victim) { $0.ghostLimitByteCount = 7 } }
    #expect(failure?.errno == .tooBig && failure?.remedy.contains("--ghost-limit") == true)
  }


  @Test func aRemovedFileWithAnotherNameIsLinkedBackWhenAsked() throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone", "contents")
    let victim = try FilesVictim {
      _ = open(path, O_RDONLY)
      link(path, path + ".other")
      unlink(path)
    }
    let failure = #expect(throws: Failure.self) { try self.dump(victim) }
    #expect(failure?.remedy.contains("--link-remap") == true)
    let dump = try self.dump(victim) { $0.linkRemap = true }
    let remap = try #require(dump.remaps.first)
    #expect(remap.remapType == .linked && dump.remaps.count == 1)
    let made = try #require(dump.files.first { $0.id == remap.remapId }?.reg?.name)
    #expect(made == scratch.path + "/link_remap.\(remap.remapId)" && access(made, F_OK) == 0)
    #expect(dump.files.first { $0.id == remap.origId }?.reg?.name == path)
    try dump.removeLinks()
    #expect(access(made, F_OK) != 0)
  }

  @Test func anUnknownKindIsRefusedWithPidNumberAndLink() throws {
    let victim = try FilesVictim { _ = syscall_io_uring() }
    let failure = #expect(throws: Failure.self) { try dump(victim) }
    let text = try #require(failure?.summary)
    #expect(text.contains("\(victim.task.pid)") && text.contains("descriptor 0") && text.contains("io_uring"))
  }

  @Test func aProgramAndItsMappingHaveOneRecordAndDirectoriesOneEach() throws {
    let victim = try FilesVictim {}
    let dump = try dump(victim)
    let first = try dump.programID(of: victim.task)
    #expect(try dump.programID(of: victim.task) == first)
    let program = try #require(dump.files.first { $0.id == first }?.reg)
    #expect(program.flags == 0 && program.pos == 0 && program.buildId.count == 5)
    let state = try dump.filesystemState(of: victim.task, umask: 0o22)
    #expect(state.cwdId != state.rootId && state.umask == 0o22)
    #expect(dump.files.first { $0.id == state.rootId }?.reg?.name == "/")
  }
}

private func syscall_io_uring() -> Int {
  var parameters = [UInt8](repeating: 0, count: 120)
  return parameters.withUnsafeMutableBytes { syscallForTests(425, 1, Int(bitPattern: $0.baseAddress)) }
}

@_silgen_name("cl_syscall") private func cl_syscall(
  _ number: Int, _ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int, _ f: Int
) -> Int

private func syscallForTests(_ number: Int, _ a: Int, _ b: Int) -> Int { cl_syscall(number, a, b, 0, 0, 0, 0) }
