import Foundation
import Glibc
import Images
import Linux
import Testing

@testable import Engine

/// Descriptors of processes, and watches of inodes.
@Suite struct KindsWatchTests {
  private func inode(_ file: borrowing OwnedFD) throws -> UInt64 { try file.borrowed().status("test").inode }

  /// Copies of the descriptors of a process.
  private func copy(_ number: CInt, of process: KindsProcess) throws -> OwnedFD {
    let task = try openProcess(process.pid)
    return try copyDescriptor(number, of: task.borrowed(), "test")
  }

  // MARK: pidfd

  @Test func pidfdsOfLivingAndDeadProcessesAreOfTheSameOnesAgain() throws {
    let victim = try KindsProcess.ready { _ in
      let own = try openProcess(getpid(), flags: ProcessDescriptorFlags.nonBlocking, "test").release()
      var dead: [CInt] = []
      for _ in 0..<2 {
        let pair = try withEndedProcess { (pid) throws(Failure) -> [CInt] in
          [try openProcess(pid).release(), try openProcess(pid).release()]
        }
        dead += pair
      }
      try keepOnly([own] + dead)
    }
    let before = try KindsSet(dumping: [victim])
    #expect(try before.files.compactMap(\.pidfd).map(\.nspid) == [victim.pid, -1, -1, -1, -1])
    #expect(try before.files.compactMap(\.pidfd).map(\.flags) == [0o4000, 0, 0, 0, 0])
    let restored = try before.restored()
    let numbers = before.descriptors[0].map { CInt($0.fd) }
    let info = try FDInfo.read(pid: restored[0].pid, descriptor: numbers[0])
    #expect(info.values(of: "Pid:") == ["\(victim.pid)"])
    #expect(info.flags & FileFlags.nonBlocking != 0)
    for number in numbers[1...] {
      #expect(try FDInfo.read(pid: restored[0].pid, descriptor: number).values(of: "Pid:") == ["-1"])
    }
    let inodes = try numbers[1...].map { try inode(try copy($0, of: restored[0])) }
    #expect(inodes[0] == inodes[1] && inodes[2] == inodes[3] && inodes[0] != inodes[2])
  }

  @Test(arguments: [(7, UInt32(0), "pid 7 is not of the tree"), (1, ProcessDescriptorFlags.thread, "of a thread")])
  func aPidfdThatCannotComeBackIsRefused(_ pid: Int32, _ flags: UInt32, _ text: String) throws {
    let failure = #expect(throws: Failure.self) {
      try PidFile.virtualPid(of: pid, flags: flags, "pid 3 (x), descriptor 4", [1: 1])
    }
    let words = "\(failure!)"
    #expect(words.contains(text) && words.contains("pid 3 (x), descriptor 4") && words.contains("close"))
  }

  // MARK: Watches

  private static let line =
    "wd:1f ino:3df9d sdev:fe00000 mask:80000100 ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:9ddf030000000000"

  @Test func aWatchIsReadWithItsHandle() throws {
    let line = WatchLine(Substring(KindsWatchTests.line))
    #expect(line["wd"] == 0x1f && line["ino"] == 0x3df9d && line["mask"] == 0x8000_0100)
    #expect(line.handle == FileHandle(type: 1, bytes: [0x9d, 0xdf, 3, 0, 0, 0, 0, 0]))
    #expect(WatchLine("f_handle:9d fhandle-bytes:2 fhandle-type:1").handle == nil)
    let words = WatchedInodes.words([0x9d, 0xdf, 3, 0, 0, 0, 0, 0, 5])
    #expect(words.count == 16 && words[0] == 0x3df9d && words[1] == 5)
    #expect(WatchedInodes.bytes(words, count: 9) == [0x9d, 0xdf, 3, 0, 0, 0, 0, 0, 5])
  }

  @Test func inotifyWatchesComeBackUnderTheirNumbers() throws {
    let directory = NSTemporaryDirectory() + "watch-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let file = directory + "/a file"
    try Data().write(to: URL(fileURLWithPath: file))
    let victim = try KindsProcess.ready { _ in
      let watcher = try makeInotify()
      try watcher.borrowed().setFlags(Int32(FileFlags.nonBlocking), "test")
      try watcher.borrowed().watch(FilePath(directory), mask: 0x300, number: 4, "test")
      try watcher.borrowed().watch(FilePath(file), mask: 0x8400_0020, number: 9, "test")
      try keepOnly([watcher.release()])
    }
    let before = try KindsSet(dumping: [victim])
    let old = try #require(try before.files.compactMap(\.ify).first)
    #expect(old.wd.map(\.wd).sorted() == [4, 9])
    #expect(old.wd.map(\.fHandle.path).sorted { $0! < $1! } == [directory, file])
    let restored = try before.restored()
    let new = try #require(try KindsSet(dumping: restored).files.compactMap(\.ify).first)
    #expect(new == old)
    // And they watch.
    let watcher = try copy(CInt(before.descriptors[0][0].fd), of: restored[0])
    try watcher.borrowed().dropEvents(ofFanotify: false, "test")
    #expect(try watcher.borrowed().readableByteCount("test") == 0)
    try Data().write(to: URL(fileURLWithPath: directory + "/new"))
    #expect(try watcher.borrowed().readableByteCount("test") > 0)
  }

  @Test(.enabled(if: getuid() == 0, "needs root")) func fanotifyMarksComeBackWithTheirIgnoredMasks() throws {
    let file = NSTemporaryDirectory() + "mark-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try Data().write(to: URL(fileURLWithPath: file))
    defer { unlink(file) }
    let victim = try KindsProcess.ready { _ in
      let group = try makeFanotify(flags: 0x12, eventFlags: 0)
      try group.borrowed().mark(FilePath(file), flags: 0, mask: 0x2, "test")
      try group.borrowed().mark(FilePath(file), flags: 0x60, mask: 0x8, "test")
      try group.borrowed().mark("/proc", flags: 0x10, mask: 0x20, "test")
      try keepOnly([group.release()])
    }
    let before = try KindsSet(dumping: [victim])
    let old = try #require(try before.files.compactMap(\.ffy).first)
    let marks = old.mark.sorted { $0.type.rawValue < $1.type.rawValue }
    #expect(marks.map(\.mask) == [2, 0x20] && marks.map(\.ignoredMask) == [8, 0])
    #expect(marks[0].ie?.fHandle.path == file && marks[1].me?.path == "/proc")
    let new = try #require(try KindsSet(dumping: try before.restored()).files.compactMap(\.ffy).first)
    #expect(new == old)
  }

  @Test(arguments: [
    ("sdev:1b mflags:0 mask:2 ignored_mask:0", "marks of inodes and mounts"),
    ("ino:13 sdev:1b mflags:0 mask:10000 ignored_mask:0", "asks the program for permission"),
  ])
  func aMarkThatCannotComeBackIsRefused(_ line: String, _ text: String) {
    let failure = #expect(throws: Failure.self) {
      try Fanotify.settings(WatchLine(Substring(line)), line, "pid 3 (x), descriptor 4")
    }
    let words = "\(failure!)"
    #expect(words.contains(text) && words.contains(line) && words.contains("pid 3 (x), descriptor 4"))
  }

  @Test func inodesAreFoundBelowTheNamedDirectories() throws {
    let directory = NSTemporaryDirectory() + "map-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory + "/a/b", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = FilePath(directory + "/a/b/file")
    try Data().write(to: URL(fileURLWithPath: "\(path)"))
    let status = try #require(try path.status())
    var options = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/")
    options.inodeMapPaths = [directory + "/"]
    let map = InodeMap()
    let device = status.device.kernelForm
    #expect(try map.path(device: device, inode: status.inode, in: "/proc/self/root", options: options) == path)
    #expect(try map.path(device: device, inode: .max, in: "/proc/self/root", options: options) == nil)

    // What a pre-dump found is enough for the dump, as long as it is true.
    options.inodeMapPaths = []
    for isThere in [true, false] {
      let next = InodeMap()
      next.take(map.found)
      #expect(next.found.isEmpty)
      if !isThere { try FileManager.default.moveItem(atPath: "\(path)", toPath: directory + "/moved") }
      let found = try next.path(device: device, inode: status.inode, in: "/proc/self/root", options: options)
      #expect(found == (isThere ? path : nil))
    }
  }

  @Test func mountPointsAreReadWithTheirEscapes() {
    let line = #"27 1 0:24 / /a\040b\134c rw,relatime shared:5 - tmpfs tmpfs rw"#
    let mount = MountPoint(parsing: Array(line.utf8)[...])
    #expect(mount?.id == 27 && mount?.device == DeviceNumber(major: 0, minor: 24))
    #expect(mount?.path == #"/a b\c"#)
  }
}
