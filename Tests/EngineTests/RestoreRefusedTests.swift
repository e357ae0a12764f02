import Foundation
import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

/// What a restore refuses of files, sockets and terminals: the error names the file, what is in the way, and what to do.
struct RestoreRefusedTests {
  /// Records of which a plan is refused, before any process is touched.
  enum Refusal: String, CaseIterable {
    case unknownKind, sharedTable, unknownNamespace, externalFile, externalTerminal

    var files: [FileEntry] {
      switch self {
      case .unknownKind, .sharedTable: [FileEntry { ($0.id, $0.type) = (7, .tunf) }]
      case .unknownNamespace:
        [
          FileEntry {
            ($0.id, $0.type) = (7, .ns)
            $0.nsf = NsFileEntry { ($0.id, $0.nsId, $0.nsCflag) = (7, 1, 0x1000) }
          }
        ]
      case .externalFile:
        [
          FileEntry {
            ($0.id, $0.type) = (7, .reg)
            $0.reg = RegFileEntry { ($0.id, $0.ext, $0.name) = (7, true, "file[1a:2b]") }
          }
        ]
      case .externalTerminal:
        [
          FileEntry {
            ($0.id, $0.type) = (7, .tty)
            $0.tty = TtyFileEntry { ($0.id, $0.ttyInfoId) = (7, 2024) }
          }
        ]
      }
    }

    var holders: [FileHolder] {
      let descriptor = FdinfoEntry { ($0.id, $0.type, $0.fd) = (7, files[0].type, 3) }
      let first = FileHolder(
        pid: 12, subject: "pid 12 (nginx)", filesID: 1, descriptors: self == .sharedTable ? [] : [descriptor], filesystem: nil)
      guard self == .sharedTable else { return [first] }
      return [first, FileHolder(pid: 13, subject: "pid 13 (x)", filesID: 1, descriptors: [], filesystem: nil)]
    }

    /// What is in the way, and what to do.
    var words: [String] {
      switch self {
      case .unknownKind: ["file 7 of type", "descriptor 3 of pid 12 (nginx)", "with a criu that knows this kind of file"]
      case .sharedTable: ["pid 13 (x) and pid 12 (nginx)", "CLONE_FILES without CLONE_VM"]
      case .unknownNamespace: ["file 7 of type", "flag 1000", "with a criu that knows this kind of namespace"]
      case .externalFile: ["file[1a:2b]", "--inherit-fd 'fd[N]:file[1a:2b]'"]
      case .externalTerminal: ["tty[4401:5]", "--inherit-fd 'fd[N]:tty[4401:5]'"]
      }
    }
  }

  @Test(arguments: Refusal.allCases) func recordsThatCannotComeBackAreRefused(_ refusal: Refusal) throws {
    let set = try KindsSet(files: refusal.files, descriptors: [])
    let terminal = TtyInfoEntry { ($0.id, $0.type, $0.rdev, $0.dev) = (2024, .extTty, 0x4401, 5) }
    try set.write(records: [terminal], to: .ttyInfo)
    let failure = #expect(throws: Failure.self) {
      _ = try FilePlan(
        reading: set, holders: refusal.holders, options: RestoreOptions(imagesDirectory: "/", workDirectory: "/"),
        log: Log(descriptor: -1, level: .error))
    }
    let text = "\(try #require(failure))"
    for words in refusal.words { #expect(text.contains(words), "\(text)") }
  }

  // MARK: Paths of sockets

  private static func withPath(_ body: (FilePath, UnixSkEntry) throws -> Void) throws {
    let directory = "/tmp/restore-refused-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/socket"
    try body(FilePath(path), UnixSkEntry { ($0.id, $0.ino, $0.type, $0.name) = (7, 101, 1, Array((path + "\0").utf8)) })
  }

  private func refusal(of record: UnixSkEntry) throws -> Failure {
    let journal = NotedChanges()
    defer { journal.undoAll() }
    return try #require(#expect(throws: Failure.self) { try UnixSocketPaths().prepare([record], journal: journal) })
  }

  @Test func whatIsInTheWayOfASocketIsNamedAndStays() throws {
    try Self.withPath { path, record in
      try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(path)"))
      let failure = try refusal(of: record)
      #expect(failure.errno == .addressInUse && failure.subject == "file 7: \(path)")
      #expect(failure.remedy.contains("stop what uses it, or move it away"))
      #expect(FileManager.default.contents(atPath: "\(path)") == Data("mine".utf8))
    }
  }

  @Test func whatAnEarlierRestoreLeftBesideASocketIsNamed() throws {
    try Self.withPath { path, record in
      let bound = BorrowedFD(try makeSocket(family: 1, type: 1, protocol: 0).release())
      try bound.bind(to: .unix(path.bytes + [0]), "x")
      bound.close()
      let aside = UnixSocketName.aside(path)
      try Data().write(to: URL(fileURLWithPath: "\(aside)"))
      let failure = try refusal(of: record)
      #expect(failure.errno == .exists && failure.subject == "\(path) to \(aside)")
      #expect(failure.remedy.contains("rename it back by hand, or remove it"))
    }
  }

  @Test(.enabled(if: geteuid() == 0, "drops its rights: needs root"))
  func aBufferAboveTheSystemsLimitIsNamedToWhoMayNotForceIt() throws {
    let failure = #expect(throws: KindsFailure.self) {
      _ = try KindsProcess.ready { _ in
        try #require(setuid(65534) == 0)
        let socket = BorrowedFD(try makeSocket(family: 2, type: 1, protocol: 0).release())
        try SocketSettings.restore(SkOptsEntry { $0.soSndbuf = 1 << 30 }, on: socket, "file 7, socket of pid 12")
      }
    }
    let text = try #require(failure).text
    #expect(text.contains("cannot set the buffer size to \(1 << 30) bytes: file 7, socket of pid 12"), "\(text)")
    #expect(text.contains("CAP_NET_ADMIN") && text.contains("net.core.wmem_max"), "\(text)")
  }

  // MARK: Terminals

  @Test(.enabled(if: geteuid() == 0, "copies descriptors of other processes: needs root"))
  func aTerminalThatAnotherProgramHasIsNamed() throws {
    let victim = try KindsProcess.ready { _ in
      var ends: (CInt, CInt) = (0, 0)
      guard openpty(&ends.0, &ends.1, nil, nil, nil) == 0 else { throw KindsFailure(text: "openpty") }
      try keepOnly([ends.0, ends.1])
    }
    let set = try KindsSet(dumping: [victim])
    let info = try #require(try set.records(of: TtyInfoEntry.self, in: .ttyInfo)?.first)
    let failure = #expect(throws: KindsFailure.self) { try set.restored() }
    let text = try #require(failure).text
    #expect(text.contains("cannot make the terminal: /dev/pts/\(info.id / 2): File exists"), "\(text)")
    #expect(text.contains("close it, or restore with a devpts of its own"), "\(text)")
  }
}
