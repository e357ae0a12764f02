import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

struct FreezeJournalTests {
  private func paths(_ memory: JournalMemory) -> [String] {
    memory.liveEntries().map {
      guard case .fileMade(let path) = $0.change else { return "?" }
      return path.description
    }
  }

  @Test func theNewestIsUndoneFirst() throws {
    let memory = try JournalMemory(byteCount: 4096)
    for path in ["/a", "/bcdefgh", ""] { _ = try memory.enter(.fileMade(path: FilePath(path))) }
    #expect(paths(memory) == ["", "/bcdefgh", "/a"])
  }

  @Test func everyKindIsKept() throws {
    let memory = try JournalMemory(byteCount: 4096)
    _ = try memory.enter(.processStarted(pid: 7, startTime: .max))
    _ = try memory.enter(
      .areaMapped(pid: 1, address: 0x7fff_ffff_0000, byteCount: 5, systemCall: 8, signalReturn: 9, convention: 1))
    _ = try memory.enter(.stateChanged(path: "/c/freezer.state", undoText: "THAWED"))
    _ = try memory.enter(.fileMoved(path: "/from", to: "/\u{10ffff}"))
    let texts = memory.liveEntries().map { "\($0.change)" }
    #expect(texts[2].contains("\(0x7fff_ffff_0000)") && texts[2].contains("signalReturn: 9"))
    #expect(texts[1].contains("/c/freezer.state") && texts[1].contains("THAWED"))
    #expect(texts[3].contains("\(UInt64.max)"))
  }

  @Test func whatWasMovedComesBackAndWhatWasMadeGoes() throws {
    // A name that is not UTF-8.
    let path = FilePath(Array("/tmp/journal-\(getpid())-".utf8) + [0xff])
    let aside = path.appending(".aside")
    let journal = NotedChanges()
    try path.makeNode(mode: 0o100600, remedy: "")
    let inode = try path.status()?.inode
    _ = try journal.enter(.fileMoved(path: path, to: aside))
    try path.rename(to: aside, remedy: "")
    try path.makeNode(mode: 0o140600, remedy: "")  // a socket, in whose way it was
    let directory = path.appending(".made")
    _ = try journal.enter(.fileMade(path: directory))
    try directory.makeDirectory(mode: 0o700, remedy: "")
    let memory = try JournalMemory(byteCount: 4096)
    for change in journal.live { _ = try memory.enter(change) }
    for (_, change) in memory.liveEntries() { change.undo(isOrphan: true, log: Log(descriptor: 2, level: .error)) }
    #expect(try path.status()?.inode == inode)
    #expect(try aside.status() == nil && directory.status() == nil)
    try path.unlink()
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

  @Test func whatWasEnteredBeforeAllWereStruckStaysStruck() throws {
    let memory = try JournalMemory(byteCount: 4096)
    let old = try memory.enter(.fileMade(path: "/old"))
    try memory.strikeAll(entering: [])
    #expect(paths(memory) == [])
    _ = try memory.enter(.fileMade(path: "/older"))
    try memory.strikeAll(entering: [.fileMade(path: "/one"), .fileMade(path: "/two")])
    #expect(paths(memory) == ["/two", "/one"])
    try memory.strikeAll(entering: [])
    let new = try memory.enter(.fileMade(path: "/new"))
    #expect(paths(memory) == ["/new"])
    // Who still has its number may strike it once more.
    memory.strike(old)
    memory.strike(new)
    _ = try memory.enter(.fileMade(path: "/last"))
    #expect(paths(memory) == ["/last"])
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
