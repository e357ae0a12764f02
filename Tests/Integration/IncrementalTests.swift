import Testing

/// Sets that leave pages to their parents, and parents that lose what later sets have.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct IncrementalTests {
  @Test(
    .timeLimit(.minutes(2)),
    arguments: ["dedup", "auto_dedup", "failed_restore", "failed_dump", "compressed", "to_a_page_server", "to_another_place"])
  func pagesThatNobodyNeedsAreDropped(_ name: String) {
    Script("Incremental/chain.sh").expectSuccess(name)
  }

  @Test(.timeLimit(.minutes(2)), arguments: ["lazily_from_parents", "lazily_compressed"])
  func memoryComesLaterFromChainsToo(_ name: String) {
    Script("Incremental/chain.sh").expectSuccess(name)
  }

  @Test(
    .timeLimit(.minutes(2)),
    arguments: ["streams", "stream_on_directory", "compressed_streams", "extracted_streams"])
  func streamsAreParentsAndHaveThem(_ name: String) {
    Script("Incremental/chain.sh").expectSuccess(name)
  }

  /// A program that writes 5 % of its memory between two rounds, then nothing.
  @Test(.enabled(if: Self.tracksWrites, "the kernel tracks no writes"), .timeLimit(.minutes(2)))
  func aRoundWritesWhatChanged() {
    Script("Incremental/chain.sh").expectSuccess("only_what_changed")
  }

  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)),
    arguments: [
      "peer_restores_ours", "peer_restores_ours_lazily", "peer_drops_of_ours", "peer_serves_ours", "ours_on_the_peers",
      "the_peers_on_ours",
    ])
  func chainsMix(_ name: String) {
    Script("Incremental/chain.sh").expectSuccess(name)
  }

  private static let tracksWrites =
    run([Script.criu, "check", "--feature", "mem_dirty_track"]).status == 0
}
