import CParasite
import Glibc
import Linux
import Streams
import Testing

@testable import Engine

/// Memory of our own, in place of a frozen task's: 512 words.
private final class Words {
  let base = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!.bindMemory(
    to: UInt64.self, capacity: 512)

  deinit { munmap(base, 4096) }

  func address(_ index: Int) -> UInt64 { UInt64(UInt(bitPattern: base + index)) }

  func taken(_ thread: parasite_thread_state, pageCount: Int = 1) throws -> ExitWords {
    let run = PageRun(address: address(0), pageCount: pageCount, flags: [.lazy, .present])
    return try ExitWords(
      of: [thread], in: TaskMemory(pid: currentPid()),
      within: [PageExtent(run: run, way: .memoryFile, isReadable: true)])
  }

  func putBack(_ words: ExitWords) throws { try words.putBack(into: TaskMemory(pid: currentPid())) }
}

@Suite struct LazyExitWordsTests {
  /// A list of three, the second of a mutex with priority inheritance, and one on its way into it.
  @Test func whatTheKernelWritesAtTheEndOfAThreadIsPutBack() throws {
    let memory = Words()
    let (head, offset) = (100, 3)
    memory.base[head] = memory.address(110)
    memory.base[head + 1] = UInt64(offset * 8)
    memory.base[head + 2] = memory.address(140)
    memory.base[110] = memory.address(120) | 1
    memory.base[120] = memory.address(130)
    memory.base[130] = memory.address(head)
    let written = [5, 110 + offset, 120 + offset, 130 + offset, 140 + offset]
    for index in written { memory.base[index] = UInt64(1000 + index) }
    var thread = parasite_thread_state()
    thread.tid_address = memory.address(5)
    thread.robust_list = memory.address(head)
    let words = try memory.taken(thread)
    for index in written { memory.base[index] = 1 << 30 }
    memory.base[200] = 77
    try memory.putBack(words)
    for index in written { #expect(memory.base[index] == UInt64(1000 + index)) }
    #expect(memory.base[200] == 77)
  }

  /// The list is the program's: it may be anything.
  @Test func aListThatLeadsNowhereEnds() throws {
    let memory = Words()
    var thread = parasite_thread_state()
    thread.robust_list = memory.address(100)
    memory.base[100] = memory.address(110)
    memory.base[110] = memory.address(110)  // for ever
    try memory.putBack(try memory.taken(thread))
    memory.base[110] = 0xdead_beef_0000
    try memory.putBack(try memory.taken(thread))
    memory.base[100] = 0
    try memory.putBack(try memory.taken(thread))
    thread.robust_list = .max - 3
    thread.tid_address = 1
    try memory.putBack(try memory.taken(thread))
  }

  /// What is in no image is others' too: shared memory.
  @Test func aWordBesideThePagesIsLeftAlone() throws {
    let (memory, other) = (Words(), Words())
    var thread = parasite_thread_state()
    thread.tid_address = other.address(0)
    other.base[0] = 5
    let words = try memory.taken(thread)
    other.base[0] = 0
    try memory.putBack(words)
    #expect(other.base[0] == 0)
  }
}
