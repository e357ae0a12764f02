import Images
import Linux
import Streams
import Testing

@Suite struct ExtraTests {
  private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) } }

  @Test(arguments: [0, 1, 4096, 65_535, 65_536, 300_000])
  func pipeContentsFollowTheirRecord(_ byteCount: Int) throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.pipesData)
    for pipeID in 1...2 as ClosedRange<UInt32> {
      try writer.write(
        PipeDataEntry {
          $0.pipeId = pipeID
          $0.bytes = UInt32(byteCount)
        })
      let contents = bytes(byteCount)
      try writer.write(extra: contents.span.bytes)
    }
    try writer.finish()
    let reader = try #require(try set.recordReader(.pipesData))
    for pipeID in 1...2 as ClosedRange<UInt32> {
      let entry = try #require(try reader.next(PipeDataEntry.self))
      #expect(entry.pipeId == pipeID)
      #expect(try reader.readExtra(byteCount: Int(entry.bytes)) == bytes(byteCount))
    }
    #expect(try reader.next(PipeDataEntry.self) == nil)
  }

  @Test func extrasThatNobodyReadsAreSkipped() throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.skQueues)
    for (length, id) in [(70_000, 1), (0, 2), (3, 3)] {
      try writer.write(
        SkPacketEntry {
          $0.idFor = UInt32(id)
          $0.length = UInt32(length)
        })
      let packet = bytes(length)
      try writer.write(extra: packet.span.bytes)
    }
    try writer.finish()
    #expect(try set.records(of: SkPacketEntry.self, in: .skQueues)?.map(\.idFor) == [1, 2, 3])
  }

  @Test func splicedBytesComeInOrder() throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.tcpStream, 0xAB)
    try writer.write(
      TcpStreamEntry {
        $0.inqLen = 5
        $0.outqLen = 3
      })
    try writer.splice(extraFrom: pipe(holding: [1, 2, 3, 4, 5]), byteCount: 5)
    let out: [UInt8] = [6, 7, 8]
    try writer.write(extra: out.span.bytes)
    try writer.finish()
    let reader = try #require(try set.recordReader(.tcpStream, 0xAB))
    let entry = try #require(try reader.next(TcpStreamEntry.self))
    #expect(try reader.readExtra(byteCount: Int(entry.inqLen)) == [1, 2, 3, 4, 5])
    #expect(try reader.readExtra(byteCount: Int(entry.outqLen)) == [6, 7, 8])
    #expect(set.images[ImageKind.tcpStream.name(0xAB)]?.suffix(8) == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test func semaphoresAndMessagesArePaddedToEight() throws {
    let set = MemorySet()
    let semaphores = try set.recordWriter(.ipcnsSem, 9)
    let values: [UInt8] = [1, 0, 2, 0, 3, 0]
    for _ in 1...2 {
      try semaphores.write(IpcSemEntry { $0.nsems = 3 })
      try semaphores.write(extra: values.span.bytes)
    }
    try semaphores.finish()
    #expect(set[.ipcnsSem, 9]?.suffix(8) == [1, 0, 2, 0, 3, 0, 0, 0])
    #expect(try set.records(of: IpcSemEntry.self, in: .ipcnsSem, 9)?.count == 2)

    let queues = try set.recordWriter(.ipcnsMsg, 9)
    try queues.write(IpcMsgEntry { $0.qnum = 2 })
    for text in [[0x61, 0x62, 0x63], [0x64]] as [[UInt8]] {
      try queues.write(IpcMsg { $0.msize = UInt32(text.count) })
      try queues.write(extra: text.span.bytes)
    }
    try queues.finish()
    #expect(set[.ipcnsMsg, 9]?.suffix(8) == [0x64, 0, 0, 0, 0, 0, 0, 0])
    let reader = try #require(try set.recordReader(.ipcnsMsg, 9))
    #expect(try reader.next(IpcMsgEntry.self)?.qnum == 2)
    #expect(try reader.next(IpcMsg.self)?.msize == 3)
    #expect(try reader.readExtra(byteCount: 3) == [0x61, 0x62, 0x63])
    #expect(try reader.next(IpcMsg.self)?.msize == 1)
    #expect(try reader.readExtra(byteCount: 1) == [0x64])
    #expect(try reader.next(IpcMsgEntry.self) == nil)
  }

  @Test func aGhostIsItsRecordAndTheRestOfTheImage() throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.ghostFile, 1)
    try writer.write(GhostFileEntry { $0.mode = 0o100644 })
    let contents = bytes(100_000)
    try writer.write(extra: contents.span.bytes)
    try writer.finish()
    let reader = try #require(try set.recordReader(.ghostFile, 1))
    #expect(try reader.next(GhostFileEntry.self)?.mode == 0o100644)
    var back: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 33_333)
    while true {
      let count = try piece.withUnsafeMutableBytes { buffer in try reader.readRest(into: buffer) }
      if count == 0 { break }
      back += piece[..<count]
    }
    #expect(back == contents)
  }

  @Test func aGhostWithHolesIsChunks() throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.ghostFile, 2)
    try writer.write(
      GhostFileEntry {
        $0.chunks = true
        $0.size = 1 << 40
      })
    let contents = bytes(5_000)
    for offset in [0, 1 << 30] as [UInt64] {
      try writer.write(
        GhostChunkEntry {
          $0.len = 5_000
          $0.off = offset
        })
      try writer.write(extra: contents.span.bytes)
    }
    try writer.finish()
    let reader = try #require(try set.recordReader(.ghostFile, 2))
    #expect(try reader.next(GhostFileEntry.self)?.size == 1 << 40)
    #expect(try reader.next(GhostChunkEntry.self)?.off == 0)
    let second = try #require(try reader.next(GhostChunkEntry.self))
    #expect(second.off == 1 << 30)
    #expect(try reader.readExtra(byteCount: 5_000) == contents)
    #expect(try reader.next(GhostChunkEntry.self) == nil)
  }

  @Test func theWriterRefusesTooFewAndTooManyBytes() throws {
    let writer = try MemorySet().recordWriter(.pipesData)
    try writer.write(PipeDataEntry { $0.bytes = 4 })
    let five = bytes(5)
    let three = bytes(3)
    #expect(throws: Failure.self) { try writer.write(extra: five.span.bytes) }
    try writer.write(extra: three.span.bytes)
    #expect(throws: Failure.self) { try writer.write(PipeDataEntry()) }
    #expect(throws: Failure.self) { try writer.finish() }
  }

  @Test func theReaderRefusesACutExtra() throws {
    let set = MemorySet()
    let writer = try set.recordWriter(.pipesData)
    try writer.write(PipeDataEntry { $0.bytes = 4 })
    let four = bytes(4)
    try writer.write(extra: four.span.bytes)
    try writer.finish()
    set[.pipesData]?.removeLast()
    let reader = try #require(try set.recordReader(.pipesData))
    _ = try reader.next(PipeDataEntry.self)
    #expect(throws: Failure.self) { try reader.readExtra(byteCount: 5) }
    #expect(throws: Failure.self) { try reader.readExtra(byteCount: 4) }
    #expect(throws: Failure.self) { try set.records(of: PipeDataEntry.self, in: .pipesData) }
  }
}
