import Glibc
import Linux
import Testing

@testable import Engine

@Suite(.enabled(if: geteuid() == 0, "needs root: looks behind mappings"))
struct ForeseenMappedFilesTests {
  /// Maps a file that has a build id, foresees it, does something, and looks again.
  private func look(after change: (_ path: String) throws -> Void) throws -> (path: String, ForeseenMappedFiles.File?) {
    let scratch = FilesScratch()
    let path = scratch.file("library")
    let copy = open(path, O_WRONLY)
    let bytes = try readBytes("/proc/self/exe").prefix(1 << 16)
    #expect(bytes.withUnsafeBytes { write(copy, $0.baseAddress, $0.count) } == bytes.count)
    close(copy)
    let file = open(path, O_RDONLY)
    let memory = mmap(nil, 4096, PROT_READ, MAP_PRIVATE, file, 0)!
    close(file)
    defer { munmap(memory, 4096) }
    let foreseen = ForeseenMappedFiles(of: [getpid()])
    try change(path)
    let start = UInt64(UInt(bitPattern: memory))
    let entry = try #require(try MapsFile.smaps.readOwn().first { $0.start == start })
    return (path, try foreseen.file(of: entry))
  }

  @Test func aFileThatIsAsItWasKeepsItsNameAndBuildID() throws {
    let (path, file) = try look { _ in }
    let found = try #require(file)
    #expect(found.path == FilePath(path) && found.status.linkCount == 1)
    #expect(try found.buildID == BuildID.read(named: "us", from: FilePath("/proc/self/exe")))
  }

  @Test func oneThatWasMovedRemovedReplacedOrWrittenIsFoundOutAnew() throws {
    let changes: [(String) -> Void] = [
      { rename($0, $0 + ".old") },
      { unlink($0) },
      { path in
        rename(path, path + ".old")
        close(open(path, O_WRONLY | O_CREAT, 0o644))
      },
      { path in
        let file = open(path, O_WRONLY | O_APPEND)
        precondition(write(file, "x", 1) == 1)
        close(file)
      },
      { link($0, $0 + ".too") },
    ]
    for change in changes {
      let (_, file) = try look(after: change)
      #expect(file == nil)
    }
  }

  @Test func whatWasNotMappedIsNotForeseen() throws {
    let entry = try #require(try MapsFile.maps.readOwn().first { $0.name == .path })
    #expect(try ForeseenMappedFiles(of: []).file(of: entry) == nil)
    #expect(try ForeseenMappedFiles(of: [1 << 22]).file(of: entry) == nil)
  }
}
