import Testing

/// A program with threads, shared memory, pipes, a deleted file and timers goes on where it was, whoever dumps it and
/// whoever restores it.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct PeerTests {
  @Test(.timeLimit(.minutes(2))) func weRestoreWhatWeDumped() {
    Script("Peer/peer.sh").expectSuccess("ours", "ours")
  }

  @Test(.enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)))
  func thePeerRestoresWhatWeDumped() {
    Script("Peer/peer.sh").expectSuccess("ours", "peer")
  }

  @Test(.enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"), .timeLimit(.minutes(2)))
  func weRestoreWhatThePeerDumped() {
    Script("Peer/peer.sh").expectSuccess("peer", "ours")
  }

  @Test(
    .enabled(if: Script.peer != nil, "PEER_CRIU names no other criu"),
    .enabled(if: compiles32BitCode, "gcc -m32 cannot build a program"), .timeLimit(.minutes(2)),
    arguments: [("ours", "peer"), ("peer", "ours")])
  func codeOf32BitsGoesBothWays(_ dumper: String, _ restorer: String) {
    Script("Peer/code32.sh").expectSuccess(dumper, restorer)
  }
}
