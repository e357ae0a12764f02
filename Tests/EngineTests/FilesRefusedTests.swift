import CLinux
import Foundation
import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

/// Files that a dump refuses: the error names the process, the descriptor, what is in the way, and what to do.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root")) struct FilesRefusedTests {
  enum Refusal: String, CaseIterable {
    case heldLock, largeGhost, otherName, covered, outsideOwner, outsideNamespace, mixedPackets, outsideTerminal

    /// In the process that is dumped.
    ///
    /// - Parameters:
    ///   - path: Of a file of 8 KiB, in a directory of its own.
    ///   - outside: A process that is not dumped.
    ///   - slave: Of a terminal whose master the test has.
    /// - Returns: What it keeps.
    func make(_ path: String, outside: pid_t, slave: CInt) throws -> [CInt] {
      switch self {
      case .heldLock:
        let file = Glibc.open(path, O_RDWR)
        _ = flock(file, LOCK_EX)
        return [file]
      case .largeGhost, .otherName:
        let file = Glibc.open(path, O_RDWR)
        if self == .otherName { link(path, path + ".other") }
        unlink(path)
        return [file]
      case .covered: return [Glibc.open(path, O_RDWR)]
      case .outsideOwner:
        let file = Glibc.open(path, O_RDWR)
        _ = fcntl(file, F_SETOWN, outside)
        return [file]
      case .outsideNamespace:
        let before = Glibc.open("/proc/self/ns/ipc", O_RDONLY)
        try Trial.call("leave the IPC namespace", ProbeCall.unshare, Int(CLONE_NEWIPC))
        return [before]
      case .mixedPackets:
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        _ = fcntl(ends[1], 1031, 1 << 20)  // F_SETPIPE_SZ
        let bytes = [UInt8](repeating: 1, count: 1 << 16)
        write(ends[1], bytes, bytes.count)
        _ = fcntl(ends[1], F_SETFL, Int32(0o40000))  // O_DIRECT
        write(ends[1], bytes, 5)
        write(ends[1], bytes, 5)
        return ends
      case .outsideTerminal: return [slave]
      }
    }

    var options: DumpOptions {
      var options = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/")
      options.ghostLimitByteCount = 4096
      return options
    }

    /// What is in the way, and what to do.
    var words: [String] {
      switch self {
      case .heldLock: ["FLOCK", "Give --file-locks to the dump and the restore"]
      case .largeGhost: [": 8192 bytes", "Raise --ghost-limit", "it is 4096 bytes now"]
      case .otherName: ["which has 1 other names", "Give --link-remap"]
      case .covered: ["names another file now", "undo that, or declare it with --external file["]
      case .outsideOwner: ["is not of the tree", "Dump a tree that includes it", "(F_SETOWN)"]
      case .outsideNamespace: ["ipc:[", "in which no task of the tree is", "close it before the dump"]
      case .mixedPackets: ["packets behind other bytes (O_DIRECT)", "Have the program read them first"]
      case .outsideTerminal: ["tty[", "its other side is not of the tree", "Give --shell-job", "--external 'tty["]
      }
    }

    var errno: Errno { self == .largeGhost ? .tooBig : .notSupported }
  }

  @Test(arguments: Refusal.allCases) func whatCannotBeDumpedIsRefused(_ refusal: Refusal) throws {
    let directory = "/tmp/files-refused-\(getpid())-\(refusal)"
    let path = directory + "/file"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data(repeating: 1, count: 8192).write(to: URL(fileURLWithPath: path))
    try Data().write(to: URL(fileURLWithPath: directory + "/cover"))
    defer {
      umount2(path, Int32(MNT_DETACH))
      try? FileManager.default.removeItem(atPath: directory)
    }
    var terminal: (master: CInt, slave: CInt) = (0, 0)
    try #require(openpty(&terminal.master, &terminal.slave, nil, nil, nil) == 0)
    defer { for number in [terminal.master, terminal.slave] { close(number) } }
    let outside = try KindsProcess.ready { _ in }
    let victim = try KindsProcess.ready { _ in
      try keepOnly(try refusal.make(path, outside: outside.pid, slave: terminal.slave))
    }
    if refusal == .covered {
      try #require(mount(directory + "/cover", path, nil, UInt(MS_BIND), nil) == 0)
    }
    let failure = #expect(throws: Failure.self) { try KindsSet(dumping: [victim], options: refusal.options) }
    let text = "\(try #require(failure))"
    #expect(failure?.errno == refusal.errno)
    for words in refusal.words { #expect(text.contains(words), "\(text)") }
    let numbers = try descriptorNumbers(of: victim.pid)
    #expect(numbers.contains { text.contains("pid \(victim.pid) (kinds), descriptor \($0)") }, "\(text)")
  }
}
