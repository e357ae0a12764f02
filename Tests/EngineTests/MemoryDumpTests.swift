import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

private let page = 4096

/// A process that is a copy of ours and does nothing: what we map before has its contents there. Stopped it is, in
/// effect, since it only waits.
private final class Victim {
  let task: FrozenTask

  init() throws {
    switch try cloneProcess() {
    case .child:
      while true { pause() }
    case .parent(let child):
      task = FrozenTask(
        pid: child, virtualPid: 77, parent: 0, virtualParent: 0, processGroup: 0, session: 0, command: "victim",
        state: .alive, threads: [], pidFD: nil)
    }
  }

  deinit {
    kill(task.pid, SIGKILL)
    waitpid(task.pid, nil, 0)
  }

  func collect(
    files: any MappedFiles, sharedMemory: SharedMemory, stackPointers: [UInt64] = [], way: TaskPagemap.Way? = nil
  ) throws -> TaskMemoryState {
    try .collect(
      .collect(from: task, devices: .probe(), stackPointers: stackPointers, forced: way), of: task, files: files,
      sharedMemory: sharedMemory)
  }
}

private final class CountedFiles: MappedFiles {
  var mappings: [Mapping] = []
  var memfds: [MemfdFileEntry] = []

  func fileID(of mapping: Mapping, in task: FrozenTask) throws(Failure) -> UInt32 {
    mappings.append(mapping)
    return 1000
  }
  func packetSocketID(of mapping: Mapping, in task: FrozenTask) throws(Failure) -> UInt32 { 3000 }
  func memfdID(_ entry: MemfdFileEntry) throws(Failure) -> UInt32 {
    memfds.append(entry)
    return 2000 + UInt32(memfds.count)
  }
}

private func mapAt(_ byteCount: Int, _ protection: CInt, _ flags: CInt, _ file: CInt = -1) throws -> UInt64 {
  let memory = try #require(mmap(nil, byteCount, protection, flags, file, 0))
  try #require(memory != MAP_FAILED)
  return UInt64(UInt(bitPattern: memory))
}

private func pointer(_ address: UInt64) -> UnsafeMutableRawPointer {
  UnsafeMutableRawPointer(bitPattern: UInt(address))!
}

private func fill(_ address: UInt64, pages: [Int], _ byte: UInt8 = 0) {
  for index in pages { memset(pointer(address) + index * page, CInt(byte == 0 ? UInt8(truncatingIfNeeded: index + 1) : byte), page) }
}

/// Maps memory in us, makes the victim, and takes the memory away here, so that the victim shares it with nobody.
private func withVictim<R>(
  keeping: Bool = false, _ maps: [(UInt64, Int)], _ body: (Victim) throws -> R
) throws -> R {
  let victim = try Victim()
  if !keeping { for (address, byteCount) in maps { munmap(pointer(address), byteCount) } }
  defer { if keeping { for (address, byteCount) in maps { munmap(pointer(address), byteCount) } } }
  return try body(victim)
}

@Test(arguments: [TaskPagemap.Way.scan, .read], [false, true])
func thePagesOfATaskAreDumpedWithTheirContents(_ way: TaskPagemap.Way, sharedSinceAFork: Bool) throws {
  let byteCount = 600 * page  // more than the buffer holds
  let address = try mapAt(byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
  for index in 10..<400 { fill(address, pages: [index], UInt8(index % 251 + 1)) }
  fill(address, pages: [500, 502])
  try withVictim(keeping: sharedSinceAFork, [(address, byteCount)]) { victim in
    let shared = SharedMemory(devices: try .probe())
    let state = try victim.collect(files: CountedFiles(), sharedMemory: shared, way: way)
    let sink = MemoryPages()
    var statistics = MemoryStatistics()
    try state.pages.dump(of: victim.task, into: sink, statistics: &statistics)
    let sheet = try #require(sink.sheets[.task(77)])
    #expect(sheet.isFinished)
    let firsts = sheet.firstBytes.filter { address <= $0.key && $0.key < address + UInt64(byteCount) }
    #expect(firsts.count == 392)
    for index in 10..<400 { #expect(firsts[address + UInt64(index * page)] == UInt8(index % 251 + 1)) }
    #expect(firsts[address + UInt64(502 * page)] == UInt8(truncatingIfNeeded: 503))
    #expect(statistics.pagesWritten == UInt64(sheet.runs.reduce(0) { $0 + $1.pageCount }))
    #expect(statistics.pagesScanned >= statistics.pagesWritten - 2)
    #expect(sheet.flags(at: address + UInt64(10 * page)) == [.lazy, .present])
  }
}

@Test func twoThreadsHoldPagesAsOneWould() throws {
  let byteCount = 400 * page
  let address = try mapAt(byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS)
  for index in 0..<400 where index % 7 != 3 { fill(address, pages: [index], UInt8(index % 251 + 1)) }
  try withVictim([(address, byteCount)]) { victim in
    let mapping = try #require(
      try Mapping.all(of: victim.task, in: MapsFile.smaps.read(pid: victim.task.pid), devices: .probe())
        .first { $0.range.contains(address) })
    let regions = try TaskPagemap(pid: victim.task.pid, subject: "the victim").regions(
      in: [address..<(address + UInt64(byteCount))])
    let extents = PageExtents(mappings: [mapping], regions: regions, stackPointers: []).extents
    let room = try HeldPages.Room(forecast: byteCount)
    let held = try #require(HeldPages(extents, of: victim.task, in: room))
    let other = try #require(SecondThread {})
    other.start { held.copy() }
    try held.finish()
    let pageCount = extents.reduce(0) { $0 + $1.run.pageCount }
    #expect(pageCount == 400 - 57)
    var copy = [UInt8](repeating: 0, count: pageCount * page)
    try copy.withUnsafeMutableBytes { try held.read([], into: $0) }
    let expected = (0..<400).filter { $0 % 7 != 3 }.map { UInt8($0 % 251 + 1) }
    #expect(stride(from: 0, to: copy.count, by: page).map { copy[$0] } == expected)
    #expect(stride(from: page - 1, to: copy.count, by: page).map { copy[$0] } == expected)
  }
}

@Test func whatCannotBeHeldIsToldByWhoFinishes() throws {
  let address = try mapAt(4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS)
  munmap(pointer(address), 4 * page)
  try withVictim([]) { victim in
    let gone = PageExtent(
      run: PageRun(address: address, pageCount: 4, flags: .present), way: .vector, isReadable: true)
    let held = try #require(HeldPages([gone], of: victim.task, in: try HeldPages.Room(forecast: 4 * page)))
    held.copy()
    #expect(throws: Failure.self) { try held.finish() }
  }
}

@Test func everySortOfMappingHasItsRecord() throws {
  let size = 16 * page
  let zero = open("/dev/zero", O_RDWR)
  let file = open("/proc/self/exe", O_RDONLY)
  let object = try SharedMemoryFile.create(name: "hello")
  try object.setByteCount(UInt64(size))
  defer {
    close(zero)
    close(file)
  }
  let readWrite = PROT_READ | PROT_WRITE
  let plain = try mapAt(size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS)
  let locked = try mapAt(size, readWrite, MAP_PRIVATE | MAP_ANONYMOUS)
  try #require(mlock(pointer(locked), size) == 0)
  let advised = try mapAt(size, readWrite, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
  madvise(pointer(advised), size, MADV_DONTDUMP)
  madvise(pointer(advised), size, 15)  // MADV_NOHUGEPAGE
  madvise(pointer(advised), 2 * page, 102)  // MADV_GUARD_INSTALL
  let sharedAnonymous = try mapAt(size, readWrite, MAP_SHARED | MAP_ANONYMOUS)
  let memfd = try object.descriptor.withRaw { try mapAt(size, readWrite, MAP_SHARED, $0) }
  let memfdPrivate = try object.descriptor.withRaw { try mapAt(size, PROT_READ, MAP_PRIVATE, $0) }
  let privateFile = try mapAt(size, PROT_READ | PROT_EXEC, MAP_PRIVATE, file)
  let sharedFile = try mapAt(size, PROT_READ, MAP_SHARED, file)
  let zeroDevice = try mapAt(size, readWrite, MAP_PRIVATE, zero)
  let all = [
    plain, locked, advised, sharedAnonymous, memfd, memfdPrivate, privateFile, sharedFile, zeroDevice,
  ]
  // A copy of ours has no locked memory: the mapping is looked at here, the others in the victim.
  let own = try Mapping.all(in: MapsFile.smaps.readOwn(), subject: "we", devices: .probe())
  let lockedRecord = try #require(own.first { $0.range.contains(locked) }).record(id: 0, accessMode: nil)
  #expect(lockedRecord.flags == 0x2022)
  try withVictim(keeping: true, all.map { ($0, size) }) { victim in
    let files = CountedFiles()
    let shared = SharedMemory(devices: try .probe())
    let state = try victim.collect(files: files, sharedMemory: shared)
    func record(_ address: UInt64) throws -> VmaEntry {
      try #require(state.records.first { $0.start <= address && address < $0.end && $0.status != 0x10000 })
    }
    func summary(_ address: UInt64) throws -> [UInt64] {
      let record = try record(address)
      return [UInt64(record.status), UInt64(record.flags), UInt64(record.prot), UInt64(record.fdflags ?? 99)]
    }
    #expect(try summary(plain) == [0x201, 0x22, 0, 99])
    #expect(try summary(advised) == [0x201, 0x4022, 3, 99])
    #expect(try record(advised).madv == 0x18000)
    #expect(try summary(sharedAnonymous) == [0x4081, 0x01, 3, 2])
    #expect(try summary(memfd) == [0x4081, 0x01, 3, 2])
    #expect(try summary(memfdPrivate) == [0x4041, 0x02, 1, 2])
    #expect(try summary(privateFile) == [0x41, 0x02, 5, 0])
    #expect(try summary(sharedFile) == [0x81, 0x01, 1, 0])
    #expect(try summary(zeroDevice) == [0x41, 0x02, 3, 0])  // open for writing, to which private memory is blind
    #expect(try record(memfd).shmid == record(memfdPrivate).shmid)
    #expect(try record(privateFile).shmid == 1000)
    #expect(state.records.filter { $0.status == 0x209 }.count == 1)
    #expect(state.records.filter { $0.status == 0x1201 }.count == 1)
    let ends = state.records.filter { $0.status == 0x10000 }.map { [$0.start, $0.end] }
    #expect(ends.contains([advised, advised + UInt64(2 * page)]))
    let hello = try #require(shared.records.first { $0.name == "hello" })
    #expect(hello.size == UInt64(size) && hello.mode == 0o100777 && hello.hugetlbFlag == nil)
    let memfdID = try record(memfd).shmid
    #expect(files.memfds[Int(memfdID) - 2001].inodeId == UInt32(hello.inodeId))
    #expect(shared.records.contains { $0.name == "/dev/zero" && $0.size == UInt64(size) && $0.seals == 1 })
  }
}

@Test func aSharedObjectIsStoredOnceWithItsHolesLeftOut() throws {
  let size = 700 * page
  let object = try SharedMemoryFile.create(name: "once")
  try object.setByteCount(UInt64(size))
  let first = try object.descriptor.withRaw { try mapAt(size, PROT_READ | PROT_WRITE, MAP_SHARED, $0) }
  let second = try object.descriptor.withRaw { try mapAt(size, PROT_READ, MAP_SHARED, $0) }
  for index in 3..<400 { fill(first, pages: [index], UInt8(index % 251 + 1)) }
  fill(first, pages: [600], 9)
  let inode = try object.status().inode
  try withVictim([(first, size), (second, size)]) { victim in
    let shared = SharedMemory(devices: try .probe())
    _ = try victim.collect(files: CountedFiles(), sharedMemory: shared)
    #expect(shared.records.filter { $0.name == "once" }.count == 1)
    let sink = MemoryPages()
    var statistics = MemoryStatistics()
    try shared.dumpPages(into: sink, statistics: &statistics)
    let sheet = try #require(sink.sheets[.shared(inode)])
    #expect(sheet.runs.map { [Int($0.address) / page, $0.pageCount] } == [[3, 397], [600, 1]])
    #expect(sheet.firstBytes[UInt64(399 * page)] == UInt8(399 % 251 + 1))
    #expect(sheet.firstBytes[UInt64(600 * page)] == 9)
    #expect(statistics.sharedPagesWritten >= 398 && statistics.sharedPagesScanned >= 700)
  }
}

@Test func aPageThatHoldsAStackPointerIsNotLazy() throws {
  let address = try mapAt(8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
  fill(address, pages: Array(0..<8))
  try withVictim([(address, 8 * page)]) { victim in
    let state = try victim.collect(
      files: CountedFiles(), sharedMemory: SharedMemory(devices: .probe()),
      stackPointers: [address + UInt64(7 * page), address + UInt64(3 * page + 100)])
    let runs = state.pages.extents.map(\.run).filter { address <= $0.address && $0.address < address + UInt64(8 * page) }
    #expect(runs.map { [Int($0.address - address) / page, $0.pageCount] } == [[0, 3], [3, 1], [4, 3], [7, 1]])
    #expect(runs.map(\.flags) == [[.lazy, .present], .present, [.lazy, .present], .present])
  }
}

@Test func whatCannotBeStoredIsRefusedByName() throws {
  var device = MapsEntry()
  device.start = 0x1000
  device.end = 0x2000
  device.inode = 5
  device.deviceMinor = 6
  device.name = .path
  device.flags = [.inputOutput]
  var ring = device
  ring.name = .socket
  ring.flags = []
  #expect {
    try Mapping.all(in: [device], subject: "pid 12 (x)", devices: .probe())
  } throws: {
    ($0 as? Failure)?.errno == .notSupported && ($0 as? Failure)?.subject == "mapping 1000-2000 of pid 12 (x)"
  }
  #expect(try Mapping.all(in: [ring], subject: "", devices: .probe()).map(\.kind) == [.packetRing])
}

@Test func theLayoutOfAProgramIsRecorded() throws {
  try withVictim([]) { victim in
    let state = try victim.collect(files: CountedFiles(), sharedMemory: SharedMemory(devices: .probe()))
    let record = state.record(try TaskFacts(of: victim.task.pid),
      .init(programBreak: 5, dumpable: 1, hugePagesDisabled: false, executableFileID: 9))
    #expect(record.mmSavedAuxv.count == 44 && record.mmSavedAuxv.contains(33))  // AT_SYSINFO_EHDR
    #expect(record.mmBrk == 5 && record.exeFileId == 9 && record.dumpable == 1)
    #expect(record.mmStartCode != 0 && record.mmEnvEnd > record.mmEnvStart && record.mmStartBrk != 0)
    let code = try #require(record.vmas.first { $0.start <= record.mmStartCode && record.mmStartCode < $0.end })
    #expect(code.status == 0x41)
  }
}
