import Glibc
import Linux
import Testing

@testable import Engine

struct FilesLockTableTests {
  @Test func theTableTellsWhichFilesHaveLocks() {
    let text = """
      1: FLOCK  ADVISORY  WRITE 713 fe:01:4261 0 EOF
      1: -> FLOCK  ADVISORY  WRITE 720 fe:01:4261 0 EOF
      2: POSIX  ADVISORY  READ  -1 08:0a:77 0 99
      3: LEASE  ACTIVE    READ  901 00:1a:5 0 EOF
      """
    let (held, holdsOfUnnamedDevice) = LockTable.parse(Array(text.utf8))
    let files: [(UInt32, UInt32, UInt64)] = [(0xfe, 1, 4261), (8, 10, 77), (0, 0x1a, 5)]
    #expect(held == Set(files.map { LockTable.File(device: DeviceNumber(major: $0.0, minor: $0.1), inode: $0.2) }))
    #expect(holdsOfUnnamedDevice)
    #expect(!LockTable.parse(Array("1: FLOCK  ADVISORY  WRITE 713 fe:01:4261 0 EOF".utf8)).holdsOfUnnamedDevice)
  }

  private static let isWhole =
    (try? readLink("/proc/self/ns/pid")) == "pid:[4026531836]" && (try? FilePath("/tmp").status())?.device.major != 0

  /// The kernel's table, against a lock that is taken here.
  @Test(.enabled(if: isWhole, "needs the first pid namespace, and /tmp on a device")) func aFileWithALockIsToldFromOneWithout() throws {
    let paths = ["/tmp/criu-locks-\(getpid())-a", "/tmp/criu-locks-\(getpid())-b"]
    defer { for path in paths { unlink(path) } }
    let descriptors = paths.map { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    defer { for descriptor in descriptors { close(descriptor) } }
    #expect(flock(descriptors[0], LOCK_EX) == 0)
    let table = try LockTable()
    let locked = try #require(try FilePath(paths[0]).status())
    let free = try #require(try FilePath(paths[1]).status())
    #expect(table.mayHold(locked))
    #expect(!table.mayHold(free))
  }
}
