import Glibc
import Testing

/// A test script of a folder here, run as the init of a pid namespace of its own, so that nothing of it outlives the
/// test.
struct Script {
  /// In Tests/Integration, as "BadInput/dump.sh".
  let path: String

  init(_ path: String) { self.path = path }

  static let isRoot = geteuid() == 0

  /// Another criu to exchange images with (CRIU 4.2), or nil.
  static let peer = getenv("PEER_CRIU").map { String(cString: $0) }

  /// Another criu-image-streamer (1.0.0), or nil.
  static let peerStreamer = getenv("PEER_STREAMER").map { String(cString: $0) }

  static let directory = String(#filePath.dropLast("Script.swift".count))

  /// The release binary of this checkout, or the one that CRIU names.
  static let criu =
    getenv("CRIU").map { String(cString: $0) } ?? directory + "../../.build/release/criu"

  func expectSuccess(_ arguments: String...) {
    let result = run(
      [
        "/usr/bin/env", "CRIU=\(Self.criu)", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "bash",
        Self.directory + path,
      ] + arguments)
    #expect(result.status == 0, "\(path) \(arguments): status \(result.status)\n\(result.output)")
  }
}
