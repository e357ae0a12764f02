import Glibc
import Linux
import Streams
import Testing

@testable import Engine

struct LatePagesTests {
  // MARK: Mappings

  private let plain: [MapsEntry] = (0..<3).map { index in
    var entry = MapsEntry()
    (entry.start, entry.end) = (UInt64(index) << 20, UInt64(index) << 20 + 8192)
    entry.protection = 3
    return entry
  }

  @Test func mappingsThatAreWhatTheyWereHaveTheirFlags() {
    var foreseen = plain
    foreseen[1].flags = [.hugePages, .noReserve]
    foreseen[2].sharedDirtyByteCount = 4096
    #expect(ForeseenMappings.complete(plain, from: foreseen) == foreseen)
  }

  @Test func anyChangeThatMapsShowsIsSeen() {
    #expect(ForeseenMappings.complete(Array(plain.dropLast()), from: plain) == nil)
    let changes: [(inout MapsEntry) -> Void] = [
      { $0.end += 4096 }, { $0.protection = 1 }, { $0.isShared = true }, { $0.offset = 4096 }, { $0.inode = 5 },
      { $0.deviceMinor = 1 }, { $0.name = .bracketed },
    ]
    for change in changes {
      var found = plain
      change(&found[1])
      #expect(ForeseenMappings.complete(found, from: plain) == nil)
    }
  }

  // MARK: Pages, of this process

  /// Three pages of which the middle one is written, as smaps shows them, and something else.
  private func withPages(_ body: (_ start: UInt64, _ mapping: Mapping) throws -> Void) throws {
    let memory = try mapAnonymous(byteCount: 5 * pageSize, sharing: .copyOnWrite)
    defer { unmap(memory, byteCount: 5 * pageSize) }
    mprotect(memory, pageSize, PROT_NONE)
    mprotect(memory + 4 * pageSize, pageSize, PROT_NONE)
    let start = UInt64(UInt(bitPattern: memory)) + UInt64(pageSize)
    madvise(memory + pageSize, 3 * pageSize, MADV_DONTDUMP)
    (memory + 2 * pageSize).storeBytes(of: 1, as: UInt8.self)
    let entry = try #require(try MapsFile.smaps.readOwn().first { $0.start == start })
    try body(start, Mapping(kind: .anonymous, entry: entry))
  }

  private func task() throws -> FrozenTask {
    FrozenTask(
      pid: getpid(), virtualPid: getpid(), parent: 0, virtualParent: 0, processGroup: 0, session: 0, command: "test",
      state: .alive, threads: [], pidFD: nil)
  }

  @Test func pagesAreListedWhenTheyAreWanted() throws {
    try withPages { start, mapping in
      var foreseen = mapping
      foreseen.entry.flags.remove(.dontDump)
      let late = try LatePages([foreseen], of: try task(), expectedPageCount: 9, stackPointers: [])
      #expect(late.listed == nil)
      try late.list(from: getpid(), isClone: true, "test")
      #expect(late.listed?.extents.map(\.run.address) == [start + UInt64(pageSize)])
      // What the program changed after the look is seen.
      #expect(late.mappings[0].entry.flags.contains(.dontDump))
    }
  }

  @Test func whatAClonesMemoryLacksWithoutWarningIsAnError() throws {
    try withPages { start, mapping in
      // It is there, though no clone should have it; it is wiped, or was to be; it is not there at all.
      var changed = [mapping, mapping, mapping]
      changed[0].entry.flags.insert(.dontFork)
      changed[1].entry.flags.insert(.wipeOnFork)
      changed[2].entry.start += UInt64(pageSize)
      for mapping in changed {
        let late = try LatePages([mapping], of: try task(), expectedPageCount: 9, stackPointers: [])
        let failure = #expect(throws: Failure.self) { try late.list(from: getpid(), isClone: true, "pid 1 (test)") }
        #expect(failure?.errno == .tryAgain && "\(failure!)".contains("of pid 1 (test)"))
        #expect("\(failure!)".contains("dump again"))
      }
    }
  }

  @Test func aLockedMappingStaysLockedThoughItsCloneIsNot() throws {
    try withPages { _, mapping in
      var locked = mapping
      locked.entry.flags.insert(.locked)
      let late = try LatePages([locked], of: try task(), expectedPageCount: 9, stackPointers: [])
      try late.list(from: getpid(), isClone: true, "test")
      #expect(late.mappings[0].entry.flags.contains(.locked))
    }
  }
}
