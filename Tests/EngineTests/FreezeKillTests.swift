import Glibc
import Linux
import Testing

@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"))
struct FreezeKillTests {
  /// A dumper that freezes, enters and leaves a busy tree for ever is killed at a random instant, 200 times.
  ///
  /// No thread is filtered (seccomp(2)) to death for what the parasite calls: its filters are back the moment the dumper
  /// is gone, and a command that it is in the middle of kills it.
  @Test(.timeLimit(.minutes(5)), arguments: ["mapping", "segment"])
  func aTreeLosesNothingByADumperThatIsKilled(_ origin: String) throws {
    try expectNothingLost(FreezeVictim("snfuy,sf"), origin)
  }

  /// Its threads come back by frames of another form.
  @Test(
    .timeLimit(.minutes(5)), .enabled(if: FreezeVictim.of32BitCode != nil, "gcc -m32 cannot build a program"))
  func codeOf32BitsLosesNothingEither() throws {
    try expectNothingLost(FreezeVictim("snfuy,sf,w", program: FreezeVictim.of32BitCode!), "mapping")
  }

  private func expectNothingLost(_ victim: FreezeVictim, _ origin: String) throws {
    let before = try victim.outside()
    for run in 0..<200 {
      let dumper = try probe("loop", "\(victim.pid)", origin)
      try #require(dumper.says("guarded"), "run \(run)")
      usleep(UInt32.random(in: 0...50_000))
      dumper.lose()
      // What a new dump would see as well: the area gone, nobody tracing, no descriptor, no signal blocked.
      let isClean = eventually { (try? victim.outside()) == before }
      if !isClean {
        let after = try victim.outside()
        for what in Set(before.keys).union(after.keys) where after[what] != before[what] {
          Issue.record("run \(run): \(what): \(before[what] ?? "nothing") became \(after[what] ?? "nothing")")
        }
      }
      try #require(isClean && victim.goesOn(), "run \(run): \(victim.threads)")
      try #require(victim.errors.isEmpty, "run \(run): \(victim.errors)")
      // Only the kernel restarts a call with a restart block, and not when the thread comes back by itself.
      try #require(victim.interruptions.allSatisfy { "nfpc".contains($0.letter) }, "run \(run): \(victim.threads)")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func whatALostEngineHadNotedIsUndone() throws {
    let path = "/tmp/freeze-journal-\(getpid())"
    let engine = try probe("journal", path)
    try #require(engine.says("guarded"))
    #expect(access(path, F_OK) == 0 && access(path + ".kept", F_OK) == 0)
    // What a terminal sends, and an administrator.
    let guardian = try #require(try children(of: engine.pid, thread: engine.pid).first)
    #expect(eventually { (try? ProcStatus(pid: guardian))?.name == "criu-guardian" })
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { kill(guardian, signal) }
    engine.lose()
    #expect(eventually { access(path, F_OK) != 0 }, "the file is still there")
    #expect(access(path + ".kept", F_OK) == 0, "a struck entry was undone")
    unlink(path + ".kept")
    #expect(eventually { ["Z", nil].contains((try? ProcStatus(pid: guardian))?.state) }, "the guardian goes on")
  }
}
