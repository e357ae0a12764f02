import Glibc
import Images
import Linux
import Testing

@testable import Engine

@Suite(.enabled(if: geteuid() == 0, "needs root: looks into another process"), .serialized)
struct ForeseenFilesTests {
  /// Has many descriptors of one file, some of them copies; changes them when `placed` is reached.
  private func victim(_ path: String, changing change: @escaping () -> Void) throws -> KindsProcess {
    try KindsProcess.unlessHung {
      let victim = try KindsProcess { progress in
        try closeDescriptors(3...UInt32.max)
        for number: CInt in 100..<140 {
          let file = open(path, O_RDONLY)
          guard dup2(number % 4 == 0 && number > 100 ? number - 3 : file, number) >= 0 else { return }
          close(file)
        }
        progress.reach(.made)
        while !progress.has(.placed) { usleep(1000) }
        change()
      }
      try victim.wait(for: .made)
      return victim
    }
  }

  private func foreseen(_ victim: KindsProcess) throws -> ForeseenFiles {
    ForeseenFiles(try Forecast(root: victim.pid).files)
  }

  /// Of each descriptor from 100 on: the first that is of the same open file, and its name.
  private func picture(_ victim: KindsProcess, _ foreseen: ForeseenFiles) throws -> [String] {
    let task = try victim.frozen()
    let dump = FileDump(
      tasks: [task], options: DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/"), foreseen: foreseen,
      log: Log(level: .message))
    dump.states[Memfd.DumpState.self].sharedMemory = SharedMemory(devices: try MemoryDevices.probe())
    try dump.dumpDescriptors(of: task, filesID: 1)
    try dump.makeRecords()
    let entries = dump.descriptors[1]!.filter { (100..<240).contains($0.fd) }.sorted { $0.fd < $1.fd }
    return entries.map { entry in
      let first = entries.first { $0.id == entry.id }!.fd
      return "\(entry.fd) is \(first): \(dump.files.first { $0.id == entry.id }?.reg?.name ?? "?")"
    }
  }

  private func compare(changing change: @escaping (_ path: String) -> Void) throws -> [String] {
    let scratch = FilesScratch()
    let path = scratch.file("a", "x")
    let victim = try victim(path) { change(path) }
    let foreseen = try foreseen(victim)
    victim.progress.reach(.placed)
    try victim.wait(for: .done)
    let seen = try picture(victim, foreseen)
    #expect(try picture(victim, ForeseenFiles()) == seen)
    #expect(seen.count >= 39)
    return seen
  }

  @Test func whatStandsAsItStoodIsKnownAgain() throws {
    let seen = try compare { _ in }
    #expect(seen.contains { $0.hasPrefix("104 is 101: ") } && seen.contains { $0.hasPrefix("105 is 105: ") })
  }

  /// As many as before, but not the same ones.
  @Test func descriptorsThatWereReplacedAreSeen() throws {
    let seen = try compare { path in
      close(110)
      dup2(101, 111)
      dup2(open("/dev/null", O_RDONLY), 112)
      close(120)
      dup2(125, 200)
    }
    #expect(seen.contains { $0.hasPrefix("111 is 101: ") } && seen.contains { $0.hasPrefix("112 is 112: /dev/null") })
    #expect(seen.contains { $0.hasPrefix("200 is 125: ") } && !seen.contains { $0.hasPrefix("110 ") })
  }

  /// Each is open, and of the same inode as before.
  @Test func descriptorsThatBecameCopiesOfOthersAreSeen() throws {
    let seen = try compare { _ in
      for number: CInt in 110..<130 { dup2(101, number) }
    }
    #expect(seen.filter { $0.contains(" is 101: ") }.count == 22)
  }

  @Test func filesThatWereMovedHaveTheirNewName() throws {
    let seen = try compare { path in
      rename(path, path + ".moved")
      close(open(path, O_CREAT | O_RDWR, 0o600))
    }
    #expect(seen.filter { !$0.hasSuffix("a.moved") } == [])
  }

  @Test func descriptorsThatCameAreSeen() throws {
    let seen = try compare { path in
      dup2(open(path, O_RDONLY), 150)
      dup2(150, 151)
      dup2(103, 152)
    }
    #expect(seen.contains { $0.hasPrefix("151 is 150: ") } && seen.contains { $0.hasPrefix("152 is 103: ") })
  }

  /// Files of fdinfo that were opened before tell of what the numbers are in the freeze.
  @Test func eventDescriptorsThatBecameOthersAreSeen() throws {
    let victim = try KindsProcess.unlessHung {
      let victim = try KindsProcess { progress in
        try closeDescriptors(3...UInt32.max)
        for counter: UInt64 in 3..<9 { _ = try makeEventfd(counter: counter, isSemaphore: false).release() }
        progress.reach(.made)
        while !progress.has(.placed) { usleep(1000) }
        _ = try makeEventfd(counter: 100, isSemaphore: true).withRaw { dup2($0, 4) }
        _ = try makeEpoll().withRaw { dup2($0, 5) }
        try BorrowedFD(5).watch(4, events: 1, data: 7)
        dup2(open("/dev/null", O_RDONLY | O_APPEND), 6)
        dup2(3, 7)
        _ = fcntl(8, F_SETFL, O_NONBLOCK)
      }
      try victim.wait(for: .made)
      return victim
    }
    let foreseen = ForeseenFiles(try Forecast(root: victim.pid).files, infoLimit: 5)
    #expect(foreseen.openInfos.count == 5)
    victim.progress.reach(.placed)
    try victim.wait(for: .done)
    func records(_ foreseen: ForeseenFiles) throws -> [FileEntry] {
      let task = try victim.frozen()
      let dump = FileDump(
        tasks: [task], options: DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/"), foreseen: foreseen,
        log: Log(level: .message))
      try dump.dumpDescriptors(of: task, filesID: 1)
      try dump.makeRecords()
      return dump.descriptors[1]!.filter { (3..<9).contains($0.fd) }.sorted { $0.fd < $1.fd }.map { descriptor in
        dump.files.first { $0.key.type == descriptor.type && $0.id == descriptor.id }!
      }
    }
    let seen = try records(foreseen)
    #expect(try records(ForeseenFiles()) == seen)
    #expect(seen.map { $0.efd?.counter } == [3, 100, nil, nil, 3, 8])
    #expect(seen[2].epfd?.tfd.map(\.tfd) == [4] && seen[3].reg?.name == "/dev/null" && seen[4].id == seen[0].id)
    #expect(seen[1].efd.map { $0.flags & 1 } == 1 && seen[5].efd.map { $0.flags & UInt32(O_NONBLOCK) != 0 } == true)
  }
}
