import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

@Suite struct FileLockTests {
  @Test(arguments: [
    ("1: POSIX  ADVISORY  WRITE 1234 08:01:5678 0 EOF", 1, 1, 0, 0),
    ("2: POSIX  ADVISORY  READ 1234 08:01:5678 10 19", 1, 0, 10, 10),
    ("1: FLOCK  ADVISORY  WRITE 1 08:01:5678 0 EOF", 2, 1, 0, 0),
    ("1: OFDLCK ADVISORY  READ  -1 08:01:5678 5 5", 4, 0, 5, 1),
    ("1: LEASE  ACTIVE    WRITE 7 00:1a:5678 0 EOF", 8, 1, 0, 0),
  ])
  func aLineBecomesARecordAndBack(_ line: String, _ flag: UInt32, _ type: UInt32, _ start: Int64, _ count: Int64) throws {
    let lock = try #require(FileLock(parsing: line))
    let record = lock.record(pid: 3, number: 4)
    #expect(record.flag == flag && record.type == type && record.start == start && record.len == count)
    #expect(record.pid == 3 && record.fd == 4)
    #expect(FileLock(record) == lock)
  }

  @Test(arguments: ["", "1: POSIX", "1: NEW  ADVISORY  WRITE 1 08:01:5 0 EOF", "1: POSIX  ADVISORY  WRITE 1 08:01:5 9 3"])
  func anotherLineIsNoLock(_ line: String) { #expect(FileLock(parsing: line) == nil) }

  @Test func aLeaseThatSomebodyWaitsForIsMarkedInItsRecord() throws {
    let lock = try #require(FileLock(parsing: "1: LEASE  BREAKING  UNLCK 7 00:1a:5 0 EOF"))
    #expect(lock.isBreaking && lock.record(pid: 1, number: 2).type == 6)
    #expect(FileLock(lock.record(pid: 1, number: 2)) == lock)
  }
}

private let isRoot = geteuid() == 0

@Suite(.enabled(if: isRoot, "needs root: copies descriptors of other processes"), .serialized)
struct FilesLockTests {
  private let log = Log(descriptor: -1, level: .error)

  /// - Parameter looks: Whether /proc/locks was read before the freeze, so that it is now too.
  private func dump(_ victim: FilesVictim, locks: Bool, looks: Bool = false) throws -> FilesImageSet {
    var options = DumpOptions(pid: victim.task.pid, imagesDirectory: "/", workDirectory: "/")
    options.fileLocks = locks
    let foreseen = ForeseenFiles()
    if looks { foreseen.lookedAtLocks = .max }
    let dump = FileDump(tasks: [victim.task], options: options, foreseen: foreseen, log: log)
    try dump.dumpDescriptors(of: victim.task, filesID: 1)
    let set = FilesImageSet()
    try dump.writeRecords(to: set)
    return set
  }

  private func victim(_ path: String) throws -> FilesVictim {
    try FilesVictim {
      _ = open(path, O_RDWR)
      _ = dup(0)
      _ = open(path, O_RDWR)
      _ = open(path + ".flock", O_RDWR)
      try? BorrowedFD(0).lockRange(type: 1, start: 10, byteCount: 5, ofTask: true, "", remedy: "")
      try? BorrowedFD(2).lockRange(type: 0, start: 100, byteCount: 0, ofTask: false, "", remedy: "")
      _ = flock(4, LOCK_EX)  // 3 is the signal that the victim is ready
    }
  }

  @Test func aTaskWithALockIsRefusedWithoutTheOption() throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "a")
    _ = scratch.file("a.flock")
    let victim = try victim(path)
    let failure = #expect(throws: Failure.self) { try dump(victim, locks: false) }
    #expect(failure?.remedy.contains("--file-locks") == true && failure?.subject.contains(path) == true)
  }

  @Test(arguments: [false, true]) func locksComeBackInTheTaskThatHadThem(_ looks: Bool) throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "a")
    _ = scratch.file("a.flock")
    let victim = try victim(path)
    let set = try dump(victim, locks: true, looks: looks)
    let records = try #require(try set.records(of: FileLockEntry.self, in: ImageKind.filelocks))
    #expect(records.map(\.flag) == [1, 4, 2])
    #expect(records.map(\.fd) == [0, 2, 4])
    let pid = victim.task.pid
    victim.end()
    var options = RestoreOptions(imagesDirectory: "/", workDirectory: "/")
    options.fileLocks = true
    let holder = FileHolder(
      pid: pid, subject: "pid", filesID: 1,
      descriptors: try set.records(of: FdinfoEntry.self, in: ImageKind.fdinfo, 1) ?? [], filesystem: nil)
    let plan = try FilePlan(reading: set, holders: [holder], options: options, log: log)
    let table = try MadeFileTable(for: plan)
    let status = statusOfChild {
      let restore = FileRestore(plan: plan, index: 0, made: table, log: log)
      try restore.make(keep: [])
      try restore.place()
      try restore.finish()
      let lines = try [0, 1, 2, 4].map { try FDInfo.read(pid: getpid(), descriptor: $0).values(of: "lock:") }
      let locks = lines.map { $0.compactMap { FileLock(parsing: $0) } }
      return locks[0].map(\.start) == [10] && locks[0].map(\.kind) == [.posix] && locks[1] == locks[0]
        && locks[2].map(\.kind) == [.openFile] && locks[2].map(\.start) == [100]
        && locks[3].map(\.kind) == [.whole] && locks[3].map(\.type) == [1] ? 0 : 1
    }
    #expect(status == 0)
  }
}
