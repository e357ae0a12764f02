import Glibc
@testable import Linux
import Sinks
import Streams
import Testing

@Suite struct FullFileSystem {
  @Test(.enabled(if: geteuid() == 0, "needs root for a mount namespace"), arguments: SinkKind.allCases)
  func aFullFileSystemIsReportedAndNothingIsLeft(_ kind: SinkKind) async {
    // In a process of its own: the namespace and the mount end with it.
    await #expect(processExitsWith: .success) { [kind = kind as SinkKind] in
      let place = try ScratchDirectory()
      try mountSmallMemoryFileSystem(at: place.path)
      defer { umount2(place.path, CInt(MNT_DETACH)) }
      let bench = try SinkBench(kind, in: place)
      let failure = #expect(throws: Failure.self) {
        try SinkContract.writeSet(bench.sink)
        try bench.sink.commit()
      }
      #expect(failure?.errno == .noSpace)
      #expect(failure?.subject.hasPrefix(place.path + "/") == true)
      try bench.undo()
      #expect(try place.names() == [])
    }
  }
}

/// A tmpfs of 64 pages, in a mount namespace of this thread.
private func mountSmallMemoryFileSystem(at path: String) throws(Failure) {
  let newNamespace = 0x20000  // CLONE_NEWNS
  try check("leave the mount namespace", path, remedy: "Run as root.") {
    systemCall(SystemCall(272), newNamespace)  // unshare(2)
  }
  guard mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0,
    mount("tmpfs", path, "tmpfs", 0, "size=256k") == 0
  else { throw Failure("mount", path, Errno(errno), remedy: "Run as root.") }
}
