import Glibc
import Linux
import Testing

@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"))
struct FreezeInjectTests {
  @Test(
    .timeLimit(.minutes(1)), arguments: ["s", "f", "n", "u", "p", "y", "snfupyg,sfn,s", String(repeating: "n", count: 300)],
    ["mapping", "segment"])
  func aTaskIsAsBeforeOnceTheParasiteHasLeft(_ plan: String, _ origin: String) throws {
    let victim = try FreezeVictim(plan)
    let before = try victim.outside()
    for _ in 0..<3 {
      let (status, text) = try probe("inject", "\(victim.pid)", origin).finish()
      #expect(status == 0, "\(text)")
    }
    // A call that restarts has its own mask again only once the thread has run.
    _ = eventually { (try? victim.outside()) == before }
    let after = try victim.outside()
    for (what, value) in before { #expect(after[what] == value, "\(what)") }
    #expect(after.count == before.count)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }

  @Test(
    .timeLimit(.minutes(1)), .enabled(if: FreezeVictim.of32BitCode != nil, "gcc -m32 cannot build a program"),
    arguments: ["s", "n", "u", "p", "y", "w", "snfupygcm,sfn,s,w"], ["mapping", "segment"])
  func aTaskOf32BitCodeIsAsBeforeOnceTheParasiteHasLeft(_ plan: String, _ origin: String) throws {
    let victim = try FreezeVictim(plan, program: FreezeVictim.of32BitCode!)
    let before = try victim.outside()
    for _ in 0..<3 {
      let (status, text) = try probe("inject", "\(victim.pid)", origin).finish()
      #expect(status == 0, "\(text)")
    }
    #expect(eventually { (try? victim.outside()) == before })
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }

  @Test(.timeLimit(.minutes(1)))
  func aFilteredThreadMayMakeTheParasitesCalls() throws {
    let victim = try FreezeVictim("scf")
    let before = try victim.outside()
    let (status, text) = try probe("inject", "\(victim.pid)").finish()
    #expect(status == 0, "\(text)")
    #expect(try victim.outside() == before)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }

  /// A thread that is frozen in a critical section and goes on in it as if nothing had been would undo what another
  /// thread has counted meanwhile.
  @Test(.timeLimit(.minutes(1)))
  func restartableSequencesAreRestarted() throws {
    let victim = try FreezeVictim("rrrrrr")
    let dumper = try probe("loop", "\(victim.pid)")
    #expect(dumper.says("guarded"))
    usleep(2_000_000)
    dumper.lose()
    #expect(victim.goesOn())
    kill(victim.pid, SIGSTOP)
    #expect(eventually { (try? victim.states()) == ["T"] })
    usleep(10_000)
    let counted = victim.threads.reduce(0) { $0 + $1.rounds }
    // Each thread may be stopped between the two counters.
    #expect(victim.processorRounds >= counted && victim.processorRounds <= counted + 6, "\(victim.processorRounds) of \(counted)")
  }

  @Test(.timeLimit(.minutes(1)))
  func aTaskWithCodeOfBothKindsIsRefused() throws {
    let victim = try FreezeVictim("sk")
    let before = try victim.outside()
    let (status, text) = try probe("inject", "\(victim.pid)").finish()
    #expect(status == 1 << 8 && text.contains("Some of its threads run 32-bit code, and some 64-bit code"), "\(text)")
    #expect(try victim.outside() == before)
    #expect(victim.goesOn() && victim.errors.isEmpty)
  }

  @Test(.timeLimit(.minutes(1)))
  func aStoppedTaskStaysStopped() throws {
    let victim = try FreezeVictim("snf")
    kill(victim.pid, SIGSTOP)
    #expect(eventually { (try? victim.states()) == ["T"] })
    let before = try victim.outside()
    let (status, text) = try probe("inject", "\(victim.pid)").finish()
    #expect(status == 0, "\(text)")
    #expect(eventually { (try? victim.states()) == ["T"] })
    #expect(try victim.outside() == before)
    kill(victim.pid, SIGCONT)
    // A stop by a signal ends these calls by itself (signal(7)).
    #expect(victim.goesOn() && victim.errors.isEmpty, "\(victim.threads)")
  }

  @Test(.timeLimit(.minutes(1)))
  func aStopThatComesMeanwhileIsObeyedAtTheThaw() throws {
    let victim = try FreezeVictim("sn,s")
    let holder = try probe("hold", "\(victim.pid)")
    #expect(holder.says("held"))
    kill(victim.pid, SIGSTOP)
    usleep(20_000)
    let (status, text) = holder.finish()
    #expect(status == 0, "\(text)")
    #expect(eventually { (try? victim.states().first) == "T" })
    kill(victim.pid, SIGCONT)
    #expect(victim.goesOn() && victim.errors.isEmpty, "\(victim.threads)")
  }

  @Test(.timeLimit(.minutes(1)))
  func whatNobodyCuredTheThawCures() throws {
    let victim = try FreezeVictim("sfy,sn")
    let before = try victim.outside()
    let holder = try probe("hold", "\(victim.pid)")
    #expect(holder.says("held"))
    #expect(try readText("/proc/\(victim.pid)/maps").contains("/dev/zero (deleted)"), "nothing was injected")
    #expect(holder.finish().status == 0)
    #expect(try victim.outside() == before)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }

  @Test(.timeLimit(.minutes(1)))
  func aCommandThatRaisesASignalHarmsTheEngineAlone() throws {
    let victim = try FreezeVictim("sfn")
    let before = try victim.outside()
    let (status, text) = try probe("crash", "\(victim.pid)").finish()
    #expect(status == 1 << 8 && text.contains("signal 11"), "\(text)")
    #expect(try victim.outside() == before)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }
}
