import Testing

/// Pages of a program go to a page server and come back, whoever dumps, serves and restores.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct PageServerTests {
  @Test(.timeLimit(.minutes(2)), arguments: ["plain", "six", "background", "tls"])
  func weServeOurselves(_ way: String) {
    Script("Peer/page_server.sh").expectSuccess("ours", "ours", "ours", way)
  }

  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)),
    arguments: ["plain", "tls"])
  func thePeerServesUs(_ way: String) {
    Script("Peer/page_server.sh").expectSuccess("ours", "peer", "peer", way)
  }

  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)),
    arguments: ["plain", "tls"])
  func weServeThePeer(_ way: String) {
    Script("Peer/page_server.sh").expectSuccess("peer", "ours", "ours", way)
  }
}
