import Linux
import Streams
import Testing

@testable import Engine

struct FreezeJournalTests {
  private func paths(_ memory: JournalMemory) -> [String] {
    memory.liveEntries().map {
      guard case .fileMade(let path) = $0.change else { return "?" }
      return path
    }
  }

  @Test func theNewestIsUndoneFirst() throws {
    let memory = try JournalMemory(byteCount: 4096)
    for path in ["/a", "/bcdefgh", ""] { _ = try memory.enter(.fileMade(path: path)) }
    #expect(paths(memory) == ["", "/bcdefgh", "/a"])
  }

  @Test func everyKindIsKept() throws {
    let memory = try JournalMemory(byteCount: 4096)
    _ = try memory.enter(.processStarted(pid: 7, startTime: .max))
    _ = try memory.enter(
      .areaMapped(pid: 1, address: 0x7fff_ffff_0000, byteCount: 5, systemCall: 8, signalReturn: 9))
    _ = try memory.enter(.stateChanged(path: "/c/freezer.state", undoText: "THAWED"))
    let texts = memory.liveEntries().map { "\($0.change)" }
    #expect(texts[1].contains("\(0x7fff_ffff_0000)") && texts[1].contains("signalReturn: 9"))
    #expect(texts[0].contains("/c/freezer.state") && texts[0].contains("THAWED"))
    #expect(texts[2].contains("\(UInt64.max)"))
  }

  @Test func struckEntriesAreGoneAndTheirRoomIsUsedAgain() throws {
    let memory = try JournalMemory(byteCount: 512)
    for _ in 0..<100 {
      let first = try memory.enter(.fileMade(path: "/first"))
      let second = try memory.enter(.fileMade(path: "/second"))
      memory.strike(first)
      #expect(paths(memory) == ["/second"])
      memory.strike(second)
      #expect(paths(memory) == [])
    }
  }

  @Test func aFullJournalSaysSo() throws {
    let memory = try JournalMemory(byteCount: 200)
    _ = try memory.enter(.fileMade(path: "/a"))
    _ = try memory.enter(.fileMade(path: "/b"))
    let failure = #expect(throws: Failure.self) { try memory.enter(.fileMade(path: "/c")) }
    #expect(failure?.errno == .noSpace)
    #expect(paths(memory) == ["/b", "/a"])
  }
}
