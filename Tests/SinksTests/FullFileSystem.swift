import Glibc
@testable import Linux
import Sinks
import Streams
import Testing

@Suite struct FullFileSystem {
  /// Full of bytes, which a write sees, and of files, which the ring sees, long after the image was handed to the sink.
  @Test(
    .enabled(if: geteuid() == 0, "needs root for a mount namespace"),
    arguments: SinkKind.places, ["size=256k", "nr_inodes=20"])
  func aFullFileSystemIsReportedAndNothingIsLeft(_ kind: SinkKind, _ limit: String) async {
    // In a process of its own: the namespace and the mount end with it.
    await #expect(processExitsWith: .success) { [kind = kind as SinkKind, limit = limit as String] in
      let place = try ScratchDirectory()
      try mountSmallMemoryFileSystem(at: place.path, limit)
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

/// A tmpfs, in a mount namespace of this thread.
private func mountSmallMemoryFileSystem(at path: String, _ limit: String) throws(Failure) {
  let newNamespace = 0x20000  // CLONE_NEWNS
  try check("leave the mount namespace", path, remedy: "Run as root.") {
    systemCall(SystemCall(272), newNamespace)  // unshare(2)
  }
  guard mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0,
    mount("tmpfs", path, "tmpfs", 0, limit) == 0
  else { throw Failure("mount", path, Errno(errno), remedy: "Run as root.") }
}
