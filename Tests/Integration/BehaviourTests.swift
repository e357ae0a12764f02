import Testing

/// What the command promises beside the images: each a script in Behaviour/.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct BehaviourTests {
  @Test(.timeLimit(.minutes(2))) func anIntervalTimerThatHasRunOutStartsAgain() {
    Script("Behaviour/timer.sh").expectSuccess()
  }

  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      "leave_running", "leave_stopped", "restore_leave_stopped", "pidfile", "dump_stages", "restore_stages",
      "work_directory", "statistics", "sibling", "memory_read", "trace",
    ])
  func anOptionDoesWhatItPromises(_ name: String) {
    Script("Behaviour/options.sh").expectSuccess(name)
  }

  @Test(.enabled(if: hasProgram("crit"), "crit is not installed"), .timeLimit(.minutes(2)))
  func critShowsOurImages() {
    Script("Behaviour/options.sh").expectSuccess("crit_shows")
  }

  @Test(.timeLimit(.minutes(2))) func aRestoreThatIsNotDetachedEndsWithTheStatusOfTheProgram() {
    Script("Behaviour/waits.sh").expectSuccess()
  }

  @Test(.timeLimit(.minutes(2))) func mappingsOfRareKindsComeBackWithTheirAdvice() {
    Script("Behaviour/memory_kinds.sh").expectSuccess()
  }

  @Test(.timeLimit(.minutes(2))) func segmentsOfSharedMemoryComeBackUnlessOthersHaveThem() {
    Script("Behaviour/segments.sh").expectSuccess()
  }

  @Test(
    .enabled(if: hasProgram("cc"), "cc is not installed"), .timeLimit(.minutes(2)),
    arguments: [
      "one_instant", "streamed", "tree", "stopped", "filtered", "lets_go", "engine_killed", "setuid_exec", "too_little_memory",
      "too_little_for_two", "runs_short", "out_of_memory",
    ])
  func aSnapshotIsOfOneInstantAndLeavesNothing(_ name: String) {
    Script("Behaviour/snapshot.sh").expectSuccess(name)
  }

  @Test(
    .enabled(if: hasProgram("ip") && hasProgram("nsenter"), "ip or nsenter is not installed"), .timeLimit(.minutes(2)))
  func aProgramIsRestoredInTheNamespacesOfAnother() {
    Script("Behaviour/join_ns.sh").expectSuccess()
  }

  @Test(
    .enabled(if: hasProgram("ip") && hasProgram("nft") && hasProgram("iptables"), "ip, nft or iptables is not installed"),
    .timeLimit(.minutes(2)), arguments: ["nftables", "iptables", "skip"])
  func aNetworkNamespaceStandsStillWithItsProgram(_ method: String) {
    Script("Behaviour/network_namespace.sh").expectSuccess(method)
  }

  @Test(.enabled(if: hasProgram("setpriv"), "setpriv is not installed"), .timeLimit(.minutes(2)))
  func aUserRestoresAProgramOfTheirOwnWithOneCapability() {
    Script("Behaviour/unprivileged.sh").expectSuccess()
  }

  @Test(
    .enabled(if: hasProgram("setpriv") && hasProgram("python3"), "setpriv or python3 is not installed"),
    .timeLimit(.minutes(2)))
  func aProgramInAUserNamespaceIsRestoredWithoutRoot() {
    Script("Behaviour/rootless.sh").expectSuccess()
  }

  @Test(
    .enabled(if: hasProgram("strace") && hasProgram("python3"), "strace or python3 is not installed"),
    .timeLimit(.minutes(5)), arguments: ["dump", "dump_and_end", "restore"])
  func anEngineThatIsKilledAnywhereHarmsNothing(_ name: String) {
    Script("Behaviour/killed_anywhere.sh").expectSuccess(name)
  }

  @Test(
    .enabled(if: hasProgram("strace") && hasProgram("python3"), "strace or python3 is not installed"),
    .timeLimit(.minutes(5)))
  func anEngineThatIsKilledAmongConnectionsLeavesThemAsTheyWere() {
    Script("Behaviour/killed_among_connections.sh").expectSuccess()
  }

  @Test(.timeLimit(.minutes(2))) func aShellJobNeedsItsOption() {
    Script("Behaviour/shell_job.sh").expectSuccess()
  }
}
