import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

private let isRoot = geteuid() == 0

private func status(_ number: Int32) -> stat {
  var status = stat()
  fstat(number, &status)
  return status
}

private func link(_ number: Int32) -> String {
  let link = try? FilePath("/proc/self/fd/\(number)").readLink(remedy: "")
  return link.map { "\($0)" } ?? ""
}

@Suite(.enabled(if: isRoot, "needs root: copies descriptors of other processes"), .serialized)
struct FilesGhostTests {
  /// Dumps what `prepare` opens, ends that process, restores in another one and runs the checks there.
  private func restored(
    _ prepare: () -> Void, between: () -> Void = {}, check: @escaping () -> [Bool]
  ) throws -> Int32 {
    let victim = try FilesVictim(prepare)
    let log = Log(descriptor: -1, level: .error)
    let options = DumpOptions(pid: victim.task.pid, imagesDirectory: "/", workDirectory: "/")
    let dump = FileDump(tasks: [victim.task], options: options, log: log)
    try dump.dumpDescriptors(of: victim.task, filesID: 1)
    let set = FilesImageSet()
    try dump.writeRecords(to: set)
    try dump.writeBlobs(to: set)
    victim.end()
    between()
    let holder = FileHolder(
      pid: 1, subject: "pid 1", filesID: 1,
      descriptors: try set.records(of: FdinfoEntry.self, in: ImageKind.fdinfo, 1) ?? [], filesystem: nil)
    let plan = try FilePlan(
      reading: set, holders: [holder], options: RestoreOptions(imagesDirectory: "/", workDirectory: "/"), log: log)
    let journal = NotedChanges()
    try plan.prepare(from: set, journal: journal)
    let table = try MadeFileTable(for: plan)
    let result = statusOfChild {
      let restore = FileRestore(plan: plan, index: 0, made: table, log: log)
      try restore.make(keep: [])
      try restore.place()
      try restore.finish()
      // The engine does this; here the child, so that it can look afterwards.
      try plan.cleanUp(journal: journal)
      return Int32(check().firstIndex(of: false).map { $0 + 1 } ?? 0)
    }
    #expect(!journal.live.isEmpty, "names are entered before they are made")
    return result
  }

  @Test func aRemovedFileComesBackWithoutAName() throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone", "contents")
    let result = try restored {
      _ = open(path, O_RDWR)
      _ = open(path, O_RDONLY)
      fchmod(0, 0o4640)
      fchown(0, 12, 34)
      fchmod(0, 0o4640)
      var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 2000, tv_nsec: 5_000_000)]
      futimens(0, &times)
      unlink(path)
    } check: {
      var buffer = [UInt8](repeating: 0, count: 64)
      let (first, second) = (status(0), status(1))
      return [
        link(0) == path + " (deleted)", first.st_ino == second.st_ino, first.st_nlink == 0,
        first.st_mode == 0o104640, first.st_uid == 12 && first.st_gid == 34,
        first.st_mtim.tv_sec == 2000 && first.st_mtim.tv_nsec == 5_000_000,
        read(1, &buffer, 64) == 8 && buffer.starts(with: Array("contents".utf8)),
      ]
    }
    #expect(result == 0)
  }

  @Test func holesOfARemovedFileStayHoles() throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone")
    let result = try restored {
      _ = open(path, O_RDWR)
      _ = pwrite(0, "a", 1, 1 << 19)
      ftruncate(0, 1 << 20)
      unlink(path)
    } check: {
      var byte: UInt8 = 0
      return [
        status(0).st_size == 1 << 20, status(0).st_blocks < 64, pread(0, &byte, 1, 1 << 19) == 1, byte == 97,
        pread(0, &byte, 1, 0) == 1, byte == 0,
      ]
    }
    #expect(result == 0)
  }

  @Test func aNameThatAnotherFileTookIsLeftAlone() throws {
    let scratch = FilesScratch()
    let path = scratch.file("gone", "old")
    let result = try restored {
      _ = open(path, O_RDONLY)
      unlink(path)
    } between: {
      _ = scratch.file("gone", "new one")
    } check: {
      var buffer = [UInt8](repeating: 0, count: 64)
      return [read(0, &buffer, 64) == 3, status(0).st_nlink == 0]
    }
    #expect(result == 0)
    #expect(try FilePath(path).status()?.byteCount == 7)
  }

  @Test func aRemovedDirectoryAndAFileInItComeBack() throws {
    let scratch = FilesScratch()
    let directory = scratch.path + "/d"
    let result = try restored {
      mkdir(directory, 0o750)
      _ = open(directory, O_RDONLY | O_DIRECTORY)
      _ = open(directory + "/f", O_RDWR | O_CREAT, 0o600)
      _ = write(1, "x", 1)
      unlink(directory + "/f")
      rmdir(directory)
    } check: {
      [
        link(0) == directory + " (deleted)", status(0).st_mode == 0o040750,
        status(1).st_size == 1 && status(1).st_nlink == 0 && lseek(1, 0, SEEK_CUR) == 1,
        access(directory, F_OK) != 0,
      ]
    }
    #expect(result == 0)
  }

  @Test func aRemovedFifoComesBackWithItsContents() throws {
    let scratch = FilesScratch()
    let path = scratch.path + "/fifo"
    let result = try restored {
      mkfifo(path, 0o600)
      _ = open(path, O_RDWR)
      _ = write(0, "abc", 3)
      unlink(path)
    } check: {
      var buffer = [UInt8](repeating: 0, count: 64)
      return [read(0, &buffer, 64) == 3, link(0) == path + " (deleted)"]
    }
    #expect(result == 0)
  }

  @Test func filesOfADeadProcessAreThoseOfAnotherThatEndsToo() throws {
    guard case .parent(let child) = try cloneProcess() else { while true { pause() } }
    kill(child, SIGKILL)
    waitpid(child, nil, 0)
    let status = try FilePath("/proc").status()!
    for path in ["/proc/\(child)", "/proc/\(child)/status"] {
      #expect(try DeadProcessFiles.pid(of: FilePath(path), status) == UInt32(child))
    }
    #expect(try DeadProcessFiles.pid(of: "/proc/meminfo", status) == nil)
    #expect(try DeadProcessFiles.pid(of: "/tmp/12", status) == nil)

    let files = DeadProcessFiles()
    files.add(1, pid: UInt32(child))
    files.add(2, pid: UInt32(child))
    files.add(3, pid: 1)
    let paths = try files.prepare(tree: [1]) {
      ["", FilePath("/proc/\(child)"), FilePath("/proc/\(child)/status"), "/proc/1/stat"][Int($0)]
    }
    #expect(paths == [1: FilePath("/proc/\(child)"), 2: FilePath("/proc/\(child)/status"), 3: "/proc/1/stat"])
    let again = open("/proc/\(child)/status", O_RDONLY)
    defer { close(again) }
    try files.cleanUp()
    var byte: UInt8 = 0
    #expect(read(again, &byte, 1) == -1 && errno == ESRCH, "it is of a process that ended")
  }
}
