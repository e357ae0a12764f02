import Testing

/// Memory comes while the restored program runs: from images, from a page server, from a tree that its dump kept.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct LazyTests {
  @Test(.timeLimit(.minutes(2)), arguments: ["local", "images", "images_tls", "migrate", "migrate_tls", "here", "here_tls"])
  func weServeOurselves(_ way: String) {
    Script("Peer/lazy.sh").expectSuccess("ours", "ours", "ours", way)
  }

  /// The program ends, or has all of its memory. It needs UFFDIO_POISON (Linux 6.6): without it the program waits for ever.
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      "daemon_killed_early", "daemon_killed", "connection_lost", "source_killed_early", "source_killed", "client_lost",
      "client_lost_zstd", "no_keepers", "server_is_late", "any_time",
    ])
  func whoeverServesIsLost(_ which: String) {
    Script("Incremental/lost.sh").expectSuccess(which)
  }

  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)),
    arguments: ["images", "migrate"])
  func thePeerAsksUs(_ way: String) {
    Script("Peer/lazy.sh").expectSuccess("ours", "peer", "peer", way)
  }

  /// Who dumps, serves and restores. As a source of pages, CRIU 4.2 needs larger pipes than one may have without
  /// CAP_SYS_RESOURCE.
  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)),
    arguments: [("ours", "peer", "ours"), ("ours", "ours", "peer"), ("peer", "ours", "ours"), ("peer", "peer", "ours")])
  func daemonsAndRestoresMix(_ source: String, _ daemon: String, _ restorer: String) {
    Script("Peer/lazy.sh").expectSuccess(source, daemon, restorer, "local")
  }
}
