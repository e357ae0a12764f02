import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

private let isRoot = geteuid() == 0

/// What is wrong with a restored task: each check is a bit of its exit status.
private func firstFalse(_ checks: [Bool]) -> Int32 {
  Int32(checks.firstIndex(of: false).map { $0 + 1 } ?? 0)
}

private func link(_ number: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = readlink("/proc/self/fd/\(number)", &buffer, 4095)
  return String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func openNumbers() throws -> [CInt] {
  // Without the directory that listed them.
  try descriptorNumbers(of: getpid()).filter { fcntl($0, F_GETFD) >= 0 }
}

@Suite(.enabled(if: isRoot, "needs root: copies descriptors of other processes"), .serialized)
struct FilesRestoreTests {
  private func images(of victim: FilesVictim) throws -> FilesImageSet {
    let options = DumpOptions(pid: victim.task.pid, imagesDirectory: "/", workDirectory: "/")
    let dump = FileDump(tasks: [victim.task], options: options, log: Log(descriptor: -1, level: .error))
    try dump.dumpDescriptors(of: victim.task, filesID: 1)
    try dump.conclude()
    let set = FilesImageSet()
    try dump.writeRecords(to: set)
    try dump.writeBlobs(to: set)
    return set
  }

  private func plan(
    _ set: FilesImageSet, pids: [Int32] = [1], configure: (inout RestoreOptions) -> Void = { _ in }
  ) throws -> FilePlan {
    var options = RestoreOptions(imagesDirectory: "/", workDirectory: "/")
    configure(&options)
    let holders = try pids.enumerated().map { (index, pid) in
      FileHolder(
        pid: pid, subject: "pid \(pid)", filesID: UInt32(index + 1),
        descriptors: try set.records(of: FdinfoEntry.self, in: .fdinfo, UInt64(index + 1)) ?? [], filesystem: nil)
    }
    return try FilePlan(reading: set, holders: holders, options: options, log: Log(descriptor: -1, level: .error))
  }

  /// Restores the only task of a set in a child, then runs the checks there.
  private func restore(_ plan: FilePlan, check: @escaping () throws -> Int32) throws -> Int32 {
    let table = try MadeFileTable(for: plan)
    return statusOfChild {
      let restore = FileRestore(plan: plan, index: 0, made: table, log: Log(descriptor: -1, level: .error))
      try restore.make(keep: [])
      try restore.place()
      try restore.finish()
      return try check()
    }
  }

  @Test func filesComeBackAtTheirNumbersWithFlagsAndPositions() throws {
    let scratch = FilesScratch()
    let (a, b) = (scratch.file("a", "hello world"), scratch.file("b", "b"))
    let victim = try FilesVictim {
      _ = open(a, O_RDWR | O_APPEND)
      lseek(0, 5, SEEK_SET)
      _ = open(b, O_RDONLY | O_NONBLOCK)
      _ = dup2(1, 9)
      _ = dup2(0, 40)
      _ = fcntl(40, F_SETFD, FD_CLOEXEC)
      _ = dup2(0, 1)
    }
    let status = try restore(try plan(try images(of: victim))) {
      firstFalse([
        try openNumbers() == [0, 1, 9, 40],
        link(0) == a && link(1) == a && link(40) == a && link(9) == b,
        lseek(0, 0, SEEK_CUR) == 5 && lseek(0, 2, SEEK_SET) == 2 && lseek(40, 0, SEEK_CUR) == 2,
        fcntl(0, F_GETFL) == O_RDWR | O_APPEND | 0x8000,
        fcntl(9, F_GETFL) == O_NONBLOCK | 0x8000,
        fcntl(40, F_GETFD) == FD_CLOEXEC && fcntl(0, F_GETFD) == 0 && fcntl(9, F_GETFD) == 0,
      ])
    }
    #expect(status == 0)
  }

  @Test func numbersThatCrossEachOtherAreSorted() throws {
    let scratch = FilesScratch()
    let paths = (0..<8).map { scratch.file("f\($0)", "\($0)") }
    // Each file's first number is what the open of another one gives.
    let victim = try FilesVictim {
      for path in paths.reversed() { _ = open(path, O_RDONLY) }
      _ = dup2(0, 11)
      _ = dup2(1, 0)
      _ = dup2(2, 1)
      _ = dup2(11, 2)
      close(11)
    }
    let set = try images(of: victim)
    let expected = try descriptorNumbers(of: victim.task.pid)
    let links = try expected.map { number in
      try FilePath("/proc/\(victim.task.pid)/fd/\(number)").readLink(remedy: "").description
    }
    let status = try restore(try plan(set)) {
      firstFalse([try openNumbers() == expected, expected.map(link) == links])
    }
    #expect(status == 0)
  }

  @Test func aPipeComesBackWithContentsSizeAndFlags() throws {
    let victim = try FilesVictim {
      var ends: [Int32] = [0, 0]
      _ = pipe(&ends)
      _ = fcntl(ends[1], 1031, 16384)
      _ = "some bytes".withCString { write(ends[1], $0, 10) }
      _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
      _ = dup2(1, 20)
    }
    let status = try restore(try plan(try images(of: victim))) {
      var buffer = [UInt8](repeating: 0, count: 64)
      let count = read(0, &buffer, 64)
      close(1)
      let isOpen = write(20, "x", 1) == 1 && read(0, &buffer, 1) == 1
      close(20)
      return firstFalse([
        count == 10, isOpen, read(0, &buffer, 1) == 0, fcntl(0, 1032) == 16384, fcntl(0, F_GETFL) == 0,
        try openNumbers() == [0],
      ])
    }
    #expect(status == 0)
  }

  @Test(arguments: [false, true]) func packetsKeepTheirBounds(_ hasName: Bool) throws {
    let scratch = FilesScratch()
    let path = scratch.path + "/fifo"
    let direct: Int32 = 0o40000
    let victim = try FilesVictim {
      if hasName {
        mkfifo(path, 0o600)
        _ = open(path, O_RDWR)
        _ = open(path, O_WRONLY)
      } else {
        var ends: [Int32] = [0, 0]
        _ = pipe(&ends)
      }
      let bytes = [UInt8](repeating: 7, count: 5000)
      _ = fcntl(1, F_SETFL, direct | O_NONBLOCK)
      for byteCount in [3, 1, 4096] { write(1, bytes, byteCount) }
    }
    let plan = try plan(try images(of: victim))
    victim.end()
    let status = try restore(plan) {
      var buffer = [UInt8](repeating: 0, count: 8192)
      let counts = (0..<3).map { _ in read(0, &buffer, 8192) }
      let flags = fcntl(1, F_GETFL)
      write(1, buffer, 2)
      write(1, buffer, 5)
      return firstFalse([
        counts == [3, 1, 4096], flags & direct != 0 && flags & O_NONBLOCK != 0, fcntl(0, F_GETFL) & direct == 0,
        read(0, &buffer, 8192) == 2 && read(0, &buffer, 1) == 1,
      ])
    }
    #expect(status == 0)
  }

  @Test func aPipeOpenedTwiceHasThreeDescriptions() throws {
    let victim = try FilesVictim {
      var ends: [Int32] = [0, 0]
      _ = pipe(&ends)
      _ = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK)
    }
    let status = try restore(try plan(try images(of: victim))) {
      firstFalse([
        fcntl(0, F_GETFL) == 0, fcntl(1, F_GETFL) == O_WRONLY, fcntl(2, F_GETFL) == O_NONBLOCK | 0x8000,
        link(0) == link(2) && link(0) == link(1),
      ])
    }
    #expect(status == 0)
  }

  @Test func anInheritedEndTakesThePlaceOfAPipe() throws {
    var outside: [Int32] = [0, 0]
    precondition(Glibc.pipe(&outside) == 0)
    defer { for end in outside { close(end) } }
    // Left open over the fork into the victim, which is to have this pipe only.
    let writeEnd = outside[1]
    let victim = try FilesVictim {
      var ends: [Int32] = [0, 0]
      _ = pipe(&ends)
      close(0)
    }
    let set = try images(of: victim)
    let id = try #require(try set.records(of: FileEntry.self, in: .files)?.first?.pipe?.pipeId)
    let plan = try plan(set) { $0.inherited = [.init(descriptor: writeEnd, resource: "pipe:[\(id)]")] }
    let status = try restore(plan) {
      firstFalse([try openNumbers() == [1], write(1, "out", 3) == 3])
    }
    #expect(status == 0)
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(read(outside[0], &buffer, 8) == 3)
  }

  @Test func aFifoComesBackWithItsContents() throws {
    let scratch = FilesScratch()
    let path = scratch.path + "/fifo"
    let victim = try FilesVictim {
      mkfifo(path, 0o600)
      _ = open(path, O_RDWR)
      _ = open(path, O_WRONLY)
      _ = "abc".withCString { write(1, $0, 3) }
    }
    let plan = try plan(try images(of: victim))
    victim.end()
    let status = try restore(plan) {
      var buffer = [UInt8](repeating: 0, count: 64)
      return firstFalse([
        try openNumbers() == [0, 1], read(0, &buffer, 64) == 3, fcntl(1, F_GETFL) == O_WRONLY | 0x8000,
        fcntl(0, F_GETFL) == O_RDWR | 0x8000, link(0) == path,
      ])
    }
    #expect(status == 0)
  }

  @Test func keptDescriptorsGiveWayAndStayOpen() throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "a")
    let victim = try FilesVictim { for _ in 0..<20 { _ = open(path, O_RDONLY) } }
    let plan = try plan(try images(of: victim))
    let table = try MadeFileTable(for: plan)
    let kept = scratch.file("kept", "kept")
    let status = statusOfChild {
      _ = dup2(open(kept, O_RDONLY), 5)
      let restore = FileRestore(plan: plan, index: 0, made: table, log: Log(descriptor: -1, level: .error))
      try restore.make(keep: [5])
      try restore.place()
      try restore.finish()
      return firstFalse([
        restore.number(ofKept: 5) >= 20, link(restore.number(ofKept: 5)) == kept, link(5) == path,
        try openNumbers().count == 21,
      ])
    }
    #expect(status == 0)
  }

  @Test func aTaskWithAllNumbersUnderItsLimitComesBack() throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "a")
    let victim = try FilesVictim { for _ in 0..<60 { _ = open(path, O_RDONLY) } }
    let plan = try plan(try images(of: victim))
    let table = try MadeFileTable(for: plan)
    let status = statusOfChild {
      for number in 3...1000 as ClosedRange<Int32> where number != 900 { close(number) }
      var limit = rlimit(rlim_cur: 64, rlim_max: 64)
      _ = dup2(900, 10)
      setrlimit(__rlimit_resource_t(7), &limit)
      let restore = FileRestore(plan: plan, index: 0, made: table, log: Log(descriptor: -1, level: .error))
      try restore.make(keep: [10])
      try restore.place()
      try restore.finish()
      return firstFalse([restore.number(ofKept: 10) >= 60, try openNumbers().count == 61])
    }
    #expect(status == 0)
  }

  enum Change: CaseIterable {
    case longer, otherMode, directory

    func make(at path: String, in scratch: FilesScratch) {
      switch self {
      case .longer: _ = scratch.file("a", "hello!")
      case .otherMode: chmod(path, 0o600)
      case .directory:
        unlink(path)
        mkdir(path, 0o644)
      }
    }

    /// What is not as it was, and what to do.
    var words: [String] {
      switch self {
      case .longer: ["6 bytes, but 5 at the dump", "Put back the file that was there"]
      case .otherMode: ["mode 600, but 644 at the dump", "--skip-file-rwx-check"]
      case .directory: ["it is a directory, but was a regular", "Put back the file that was there"]
      }
    }
  }

  @Test(arguments: Change.allCases) func aFileThatIsNotWhatItWasIsRefused(_ change: Change) throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "hello")
    chmod(path, 0o644)
    let victim = try FilesVictim { _ = open(path, O_RDONLY) }
    let plan = try plan(try images(of: victim))
    var entry = try #require(plan.groups.first?.entries.first?.reg)
    change.make(at: path, in: scratch)
    // A directory's size says nothing.
    if change == .directory { entry.size = nil }
    let table = try MadeFileTable(for: plan)
    let restore = FileRestore(plan: plan, index: 0, made: table, log: Log(descriptor: -1, level: .error))
    let failure = #expect(throws: Failure.self) { _ = try RegularFile.open(entry, in: restore).borrowed().raw }
    let text = "\(try #require(failure))"
    #expect(failure?.errno == .badMessage && text.contains(path), "\(text)")
    for words in change.words { #expect(text.contains(words), "\(text)") }
  }

  @Test func missingRecordsAreFoundBeforeAnythingIsTouched() throws {
    let set = FilesImageSet()
    try set.write(
      records: [
        FdinfoEntry {
          $0.id = 3
          $0.type = .reg
        }
      ], to: .fdinfo, 1)
    let failure = #expect(throws: Failure.self) { try plan(set) }
    #expect(failure?.errno == .badMessage && failure?.subject.contains("file 3 of type REG") == true)
  }

  @Test func signalOwnersComeBackWithTheirUser() throws {
    let victim = try FilesVictim {
      var ends: [Int32] = [0, 0]
      _ = pipe(&ends)
      try? BorrowedFD(0).setSignalSettings(
        FileSignalSettings(kind: 1, pid: getpid(), signal: 34, uid: 0, euid: 1234), "pipe")
      _ = fcntl(0, F_SETFL, O_ASYNC)
    }
    let set = try images(of: victim)
    let files = try #require(try set.records(of: FileEntry.self, in: .files))
    let owner = try #require(files.first?.pipe?.fown)
    #expect(owner.pid == UInt32(victim.task.pid) && owner.signum == 34 && owner.euid == 1234 && owner.pidType == 1)
    let pid = victim.task.pid
    let status = try restore(try plan(set)) {
      let settings = try BorrowedFD(0).signalSettings("pipe")
      return firstFalse([
        settings == FileSignalSettings(kind: 1, pid: pid, signal: 34, uid: 0, euid: 1234),
        fcntl(0, F_GETFL) == O_ASYNC, geteuid() == 0 && getuid() == 0,
      ])
    }
    #expect(status == 0)
  }
}
