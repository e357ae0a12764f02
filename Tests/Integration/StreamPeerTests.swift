import Testing

/// A stream goes on where it was, whichever engine and streamer made it and whichever take it back.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct StreamPeerTests {
  @Test(
    .enabled(if: Script.peerStreamer != nil, "PEER_STREAMER names no other criu-image-streamer"), .timeLimit(.minutes(2)),
    arguments: [("peer", "peer"), ("none", "peer"), ("peer", "ours"), ("peer", "none")])
  func thePeersStreamerServesOurEngine(_ capturer: String, _ server: String) {
    Script("Peer/stream.sh").expectSuccess("ours", capturer, server, "ours")
  }

  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)),
    arguments: [("peer", "ours", "ours", "peer"), ("peer", "ours", "none", "ours"), ("ours", "none", "ours", "peer")])
  func ourStreamerServesThePeer(_ dumper: String, _ capturer: String, _ server: String, _ restorer: String) {
    Script("Peer/stream.sh").expectSuccess(dumper, capturer, server, restorer)
  }

  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"),
    .enabled(if: Script.peerStreamer != nil, "PEER_STREAMER names no other criu-image-streamer"), .timeLimit(.minutes(2)),
    arguments: [
      ("ours", "ours", "peer", "peer"), ("ours", "none", "peer", "peer"), ("peer", "peer", "ours", "ours"),
      ("peer", "peer", "none", "ours"),
    ])
  func aStreamGoesFromOneToTheOther(_ dumper: String, _ capturer: String, _ server: String, _ restorer: String) {
    Script("Peer/stream.sh").expectSuccess(dumper, capturer, server, restorer)
  }
}
