import CParasite
import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

private let page: UInt64 = 4096
private let readWrite: UInt32 = 3

private func entry(
  _ start: UInt64, _ end: UInt64, prot: UInt32 = readWrite, flags: UInt32 = 0x22, status: UInt32 = 0x201
) -> VmaEntry {
  VmaEntry {
    $0.start = start
    $0.end = end
    $0.prot = prot
    $0.flags = flags
    $0.status = status
    $0.fd = -1
  }
}

private func own(_ start: UInt64, _ end: UInt64) -> MapsEntry {
  var entry = MapsEntry()
  entry.start = start
  entry.end = end
  return entry
}

@Test func aPlanTouchesNoTaskAndNothingOfOurs() throws {
  let engine = [own(0x5000_0000_0000, 0x5000_1000_0000), own(0x7ffe_0000_0000, 0x7fff_0000_0000)]
  let tasks = [
    [entry(0x40_0000, 0x50_0000), entry(0x2000_0000_0000, 0x2001_0000_0000)],
    [entry(0x7000_0000_0000, 0x7000_0010_0000), entry(0xffff_ffff_ff60_0000, 0xffff_ffff_ff60_1000)],
  ]
  let plan = try AddressPlan.choose(
    tasks: tasks, own: engine, lowest: 65536, bootstrapByteCount: 1 << 20, arenaByteCount: 1 << 40)
  #expect(plan.bootstrap.count == 1 << 20 && plan.arena.count == 1 << 40)
  #expect(!plan.bootstrap.overlaps(plan.arena))
  for range in [plan.bootstrap, plan.arena] {
    #expect(range.lowerBound % page == 0 && range.lowerBound >= 65536 && range.upperBound <= AddressPlan.addressLimit)
    for used in engine.map(\.range) + tasks.joined().map({ $0.start..<$0.end }) {
      #expect(!range.overlaps(used))
    }
  }
}

@Test func mappingsStandWhereNothingOfOursIs() throws {
  var stack = own(0x7ffe_0000_0000, 0x7ffe_0002_1000)
  stack.name = .stack
  let heap: UInt64 = 0x5000_0000_0000
  let plan = try AddressPlan.choose(
    tasks: [
      [entry(0x40_0000, 0x41_0000), entry(0x41_0000, 0x42_0000), entry(heap, heap + page)],
      [entry(0x40_0000, 0x43_0000), entry(heap + 2 * page, heap + 3 * page), entry(stack.start - 8 * page, stack.start - page)],
      [entry(0x1000, 0x2000), entry(0xffff_ffff_ff60_0000, 0xffff_ffff_ff60_1000)],
    ], own: [own(heap - page, heap + page), stack], lowest: 65536, bootstrapByteCount: 1 << 20, arenaByteCount: 1 << 30)
  // Not what we use, nor what our stack may come to, nor what no process may map.
  #expect(plan.standing == [0x40_0000..<0x43_0000, (heap + 2 * page)..<(heap + 3 * page)])
}

@Test func aPlanTakesWhatRoomThereIs() throws {
  // One hole of 64 MiB is left.
  let tasks = [[entry(65536, 0x7000_0000_0000), entry(0x7000_0400_0000, AddressPlan.addressLimit)]]
  let plan = try AddressPlan.choose(
    tasks: tasks, own: [], lowest: 65536, bootstrapByteCount: 1 << 20, arenaByteCount: 1 << 40)
  #expect(plan.arena.count > 32 << 20 && plan.arena.count < 64 << 20)
  #expect(throws: Failure.self) {
    try AddressPlan.choose(
      tasks: tasks, own: [], lowest: 65536, bootstrapByteCount: 128 << 20, arenaByteCount: 1 << 20)
  }
}

/// Restores in our own process, without a clone: what a child takes over it changes in place.
private final class Bench {
  let arena: MemoryArena
  /// Addresses of tasks at which nothing of ours is.
  let standing: Range<UInt64>
  let files = MappingFiles(sharedMemory: RestoredSharedMemory()) { (entry) throws(Failure) -> OwnedFD in
    throw Failure("open", "\(entry.shmid)", .noEntry, remedy: "No files here.")
  }
  let counters = UnsafeMutablePointer<memory_counters>.allocate(capacity: 1)

  init() throws {
    // Any free addresses do: the kernel finds some.
    let memory = try mapAnonymous(byteCount: 65 << 20, sharing: .copyOnWrite)
    unmap(memory, byteCount: 65 << 20)
    let start = UInt64(UInt(bitPattern: memory))
    standing = (start + (64 << 20))..<(start + (65 << 20))
    arena = try MemoryArena(start..<(start + (64 << 20)), standing: [standing])
    counters.initialize(to: memory_counters())
  }

  deinit {
    unmap(UnsafeMutableRawPointer(bitPattern: UInt(arena.range.lowerBound))!, byteCount: arena.range.count + standing.count)
    counters.deallocate()
  }

  func fill(
    _ vmas: [VmaEntry], _ pages: [(UInt64, UInt8)], parent: TaskMemoryRestore? = nil
  ) throws -> TaskMemoryRestore {
    let task = try TaskMemoryRestore(
      pid: 1, subject: "pid 1", record: MmEntry { $0.vmas = vmas }, arena: arena, parent: parent, vdso: nil)
    try task.fill(from: ListedPages(pages), files: files, counters: counters)
    return task
  }

  func byte(_ task: TaskMemoryRestore, at address: UInt64) throws -> UInt8 {
    let index = try #require(task.mappings.firstIndex { $0.range.contains(address) })
    let place = try #require(task.places[index])
    let at = place.address + address - task.mappings[index].entry.start
    return UnsafeRawPointer(bitPattern: UInt(at))!.load(as: UInt8.self)
  }
}

private let base: UInt64 = 0x10_0000_0000

@Test func pagesWaitInTheArenaAndUntouchedMappingsDoNot() throws {
  let bench = try Bench()
  let task = try bench.fill(
    [
      entry(base, base + 4 * page), entry(base + 4 * page, base + 8 * page, prot: 1),
      entry(base + 8 * page, base + (8 << 30), prot: 0), entry(base + (16 << 30), base + (17 << 30)),
    ], [(base + page, 7), (base + 5 * page, 9)])
  #expect(try bench.byte(task, at: base + page) == 7)
  #expect(try bench.byte(task, at: base) == 0)
  #expect(try bench.byte(task, at: base + 5 * page) == 9)
  #expect(task.places[2] == nil && task.places[3] == nil)
  // The two neighbours move at once; the others are made where they belong.
  #expect(task.moves.map { [$0.to, $0.byte_count] } == [[base, 8 * page]])
  #expect(task.maps.map { [$0.start, UInt64($0.protection)] } == [[base + 8 * page, 0], [base + (16 << 30), 3]])
  #expect(bench.counters.pointee.restored == 2 && bench.counters.pointee.compared == 0)
}

@Test func mappingsThatStandAreKeptAndNotMoved() throws {
  let bench = try Bench()
  let start = bench.standing.lowerBound
  let parent = try bench.fill(
    [
      entry(base, base + page), entry(start, start + 4 * page), entry(start + 4 * page, start + 8 * page, prot: 1),
      entry(start + 16 * page, start + 20 * page),
    ], [(base, 3), (start + page, 7), (start + 5 * page, 9), (start + 17 * page, 1)])
  #expect(parent.places.map { $0?.address }.dropFirst() == [start, start + 4 * page, start + 16 * page])
  #expect(parent.standing == [start..<(start + 8 * page), (start + 16 * page)..<(start + 20 * page)])
  #expect(parent.moves.map(\.to) == [base])
  // A child takes over what it has too, and has its own in place of the rest.
  let child = try bench.fill(
    [entry(start, start + 4 * page), entry(start + 15 * page, start + 18 * page)],
    [(start + page, 7), (start + 15 * page, 2)], parent: parent)
  #expect(child.standing == [start..<(start + 4 * page), (start + 15 * page)..<(start + 18 * page)])
  #expect(bench.counters.pointee.shared_with_parent == 1)
  #expect(try bench.byte(child, at: start + 15 * page) == 2)
  #expect(try bench.byte(child, at: start + 17 * page) == 0)
}

@Test func aChildSharesWhatIsEqualAndDropsWhatItLacks() throws {
  let bench = try Bench()
  let vmas = [entry(base, base + 8 * page)]
  let parent = try bench.fill(vmas, [(base, 1), (base + page, 2), (base + 2 * page, 3), (base + 5 * page, 4)])
  let child = try bench.fill(
    vmas, [(base, 1), (base + page, 20), (base + 4 * page, 5), (base + 5 * page, 4)], parent: parent)
  #expect(child.places == parent.places)
  let expected: [UInt8] = [1, 20, 0, 0, 5, 4, 0, 0]
  for (index, byte) in expected.enumerated() {
    #expect(try bench.byte(child, at: base + UInt64(index) * page) == byte)
  }
  #expect(bench.counters.pointee.compared == 3 && bench.counters.pointee.shared_with_parent == 2)
  #expect(bench.counters.pointee.restored == 4 + 2)
}

@Test(arguments: [
  entry(base, base + 9 * page), entry(base, base + 8 * page, flags: 0x4022),
  entry(base - page, base + 8 * page), entry(base, base + 8 * page, flags: 0x122),
])
func anotherMappingThanTheParentsIsNotShared(_ other: VmaEntry) throws {
  let bench = try Bench()
  let parent = try bench.fill([entry(base, base + 8 * page)], [(base + 2 * page, 1)])
  let child = try bench.fill([other], [(base + 2 * page, 1)], parent: parent)
  #expect(child.places[0] != nil && child.places[0] != parent.places[0])
  #expect(bench.counters.pointee.compared == 0)
  #expect(try bench.byte(child, at: base + 3 * page) == 0)
}

@Test func partsOfAParentsMappingAreShared() throws {
  let bench = try Bench()
  let parent = try bench.fill([entry(base, base + 8 * page)], [(base + page, 1), (base + 3 * page, 2), (base + 6 * page, 3)])
  let child = try bench.fill(
    [entry(base, base + 2 * page), entry(base + 5 * page, base + 8 * page, prot: 1)],
    [(base + page, 1), (base + 6 * page, 4), (base + 7 * page, 5)], parent: parent)
  #expect(bench.counters.pointee.compared == 2 && bench.counters.pointee.shared_with_parent == 1)
  #expect(try bench.byte(child, at: base + page) == 1)
  #expect(try bench.byte(child, at: base + 6 * page) == 4)
  #expect(try bench.byte(child, at: base + 7 * page) == 5)
  #expect(child.moves.map(\.to) == [base, base + 5 * page])
}

@Test func protectionAndLocksDoNotKeepMappingsFromBeingShared() throws {
  let bench = try Bench()
  let parent = try bench.fill([entry(base, base + 8 * page)], [(base, 1)])
  let child = try bench.fill([entry(base, base + 8 * page, prot: 1, flags: 0x2022)], [(base, 1)], parent: parent)
  #expect(child.places == parent.places)
  #expect(bench.counters.pointee.shared_with_parent == 1)
}

@Test func aLargeMappingKeepsItsOffsetInAHugePage() throws {
  let bench = try Bench()
  let start = base + (1 << 20) + page
  let task = try bench.fill([entry(start, start + (4 << 20))], [(start, 1)])
  #expect(try #require(task.places[0]).address % (2 << 20) == start % (2 << 20))
}

@Test func damagedMemoryIsRefused() throws {
  let bench = try Bench()
  #expect(throws: Failure.self) { try bench.fill([entry(base, base + page)], [(base + page, 1)]) }
  #expect(throws: Failure.self) { try bench.fill([entry(base + page, base)], []) }
  #expect(throws: Failure.self) { try bench.fill([entry(base, base + 2 * page), entry(base + page, base + 3 * page)], []) }
  #expect(throws: Failure.self) { try bench.fill([entry(base, base + page, status: 0x8001)], []) }
}

private func vdsoMappings(_ vdso: Vdso) -> [RestoredMapping] {
  let middle = base + UInt64(vdso.variables.count)
  return [
    entry(base, middle, prot: 1, status: 0x1201), entry(middle, middle + UInt64(vdso.code.count), prot: 5, status: 0x209),
  ].map { RestoredMapping($0) }
}

@Test func theRunningVdsoIsKnownAgainAndOthersAreNot() throws {
  let vdso = try #require(Vdso(in: try MapsFile.maps.readOwn(), parking: base))
  #expect(try #require(ElfSymbols.defined(in: vdso.contents))["__vdso_clock_gettime"] != nil)
  var copy = Array(vdso.contents)
  #expect(copy.withUnsafeBytes { vdso.hasFunctions(of: $0) })
  copy[copy.count - 1] ^= 1  // another byte, the same functions
  #expect(copy.withUnsafeBytes { vdso.hasFunctions(of: $0) })
  #expect(![UInt8](repeating: 0, count: copy.count).withUnsafeBytes { vdso.hasFunctions(of: $0) })
  let mappings = vdsoMappings(vdso)
  #expect(vdso.hasSizes(of: mappings) && !vdso.hasSizes(of: [mappings[1]]))
  try Vdso.check(mappings, subject: "pid 1", running: vdso)
  try Vdso.check([mappings[1]], subject: "pid 1", running: vdso)
  #expect(throws: Failure.self) { try Vdso.check(mappings, subject: "pid 1", running: nil) }
  #expect(throws: Failure.self) { try Vdso.check([mappings[0]], subject: "pid 1", running: vdso) }
}

@Test(.enabled(if: kernelMapsVdso(.of32BitCode), "the kernel runs no 32-bit code"))
func theVdsoOf32BitCodeIsFoundInAChild() throws {
  let vdso = try #require(try KernelVdsos.find32BitCode())
  #expect(try #require(ElfSymbols.defined(in: vdso.contents))["__kernel_rt_sigreturn"] != nil)
  let code = Array(vdso.contents)
  #expect(firstOffset(of: CallConvention.code32.systemCallCode, in: code) != nil)
  #expect(firstOffset(of: CallConvention.code32.signalReturnCode[0], in: code) != nil)
  #expect(vdso.hasSizes(of: vdsoMappings(vdso)))
}

@Test func aVdsoOf32BitCodeIsParkedInTheLargestHoleThatItReaches() {
  let mappings = [entry(0x5000_0000, 0x5800_0000), entry(0xf000_0000, 0xf800_0000), entry(1 << 40, 1 << 41)]
  #expect(KernelVdsos.parking32Bit(beside: mappings, byteCount: 0x8000) == 0xa3ff_c000)
  #expect(KernelVdsos.parking32Bit(beside: [entry(1 << 16, 0xffff_0000)], byteCount: 0x8000) == nil)
}

@Test func aVdsoWithoutRoomBesideItIsRefusedWhereItIsNeeded() throws {
  let maps = try MapsFile.maps.readOwn()
  let vdso = try #require(Vdso(in: maps, parking: nil))
  let mappings = vdsoMappings(vdso)
  try Vdso.check(mappings, subject: "pid 1", running: vdso)
  for fault in [Fault.cannotMapVdso, .vdsoTrampolines] {
    #expect {
      try Vdso.check(mappings, subject: "pid 1", running: Vdso(in: maps, parking: nil, fault: fault))
    } throws: { ($0 as? Failure)?.errno == .noMemory }
  }
}

@Test func functionsOfAProxyJumpIntoTheRunningVdso() throws {
  let vdso = try #require(Vdso(in: try MapsFile.maps.readOwn(), parking: base))
  let image = try mapAnonymous(byteCount: vdso.code.count, sharing: .copyOnWrite, executable: true)
  defer { unmap(image, byteCount: vdso.code.count) }
  let bytes = UnsafeMutableRawBufferPointer(start: image, count: vdso.code.count)
  bytes.copyMemory(from: vdso.contents)
  // As often as a task is restored.
  for _ in 0..<2 { try VdsoProxy.redirect(bytes, at: base, to: vdso, at: vdso.code.lowerBound, subject: "pid 1") }
  let symbols = try #require(ElfSymbols.defined(in: UnsafeRawBufferPointer(bytes)))
  typealias ClockGettime = @convention(c) (Int32, UnsafeMutablePointer<timespec>) -> Int32
  let function = unsafeBitCast(image + Int(try #require(symbols["__vdso_clock_gettime"])), to: ClockGettime.self)
  var time = timespec()
  #expect(function(CLOCK_MONOTONIC, &time) == 0 && time.tv_sec > 0)
  let random = Int(try #require(symbols["__vdso_getrandom"]))
  #expect(bytes[random..<(random + 12)].elementsEqual(vdso.contents[random..<(random + 12)]))

  // What is no ELF image.
  let zeros = UnsafeMutableRawBufferPointer(start: image, count: 64)
  zeros.initializeMemory(as: UInt8.self, repeating: 0)
  #expect(throws: Failure.self) { try VdsoProxy.redirect(bytes, at: base, to: vdso, at: base, subject: "pid 1") }
}

@Test func aMarkedVdsoIsNotDumpedButTheProxyIs() {
  func mapping(_ kind: Mapping.Kind, _ page: UInt64) -> Mapping {
    Mapping(kind: kind, entry: own(base + page * 4096, base + (page + 1) * 4096))
  }
  let mark = VdsoProxy.mark(proxyCode: base + 4096, proxyVariables: base, variables: base + 8 * 4096)
  #expect(mark.count == 5)
  let settled = VdsoProxy.settle(
    [mapping(.anonymous, 0), mapping(.anonymous, 1), mapping(.anonymous, 4), mapping(.vvar, 8), mapping(.vdso, 9)],
    code: base + 9 * 4096, mark: mark)
  #expect(settled == [mapping(.vvar, 0), mapping(.vdso, 1), mapping(.anonymous, 4)])
  let kept = VdsoProxy.settle(
    [mapping(.anonymous, 0), mapping(.anonymous, 1), mapping(.vvar, 8), mapping(.vdso, 9)],
    code: base + 9 * 4096, mark: mark, is32Bit: true)
  #expect(kept == [mapping(.vvar, 0), mapping(.vdso, 1), mapping(.leftVvar, 8), mapping(.leftVdso, 9)])
}
