import Glibc
import Linux
import Testing

@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"))
struct FreezeTests {
  @Test(.timeLimit(.minutes(1)))
  func aTreeIsFrozenWholeWithItsThreadsChildrenAndZombies() throws {
    let victim = try FreezeVictim("snfup,ss,y,")
    let (status, text) = try probe("freeze", "\(victim.pid)", "running").finish()
    #expect(status == 0, "\(text)")
    let lines = text.split(separator: "\n").filter { $0.contains(" victim ") }
    #expect(lines.count == 4, "\(text)")
    for thread in victim.threads { #expect(text.contains("\(thread.tid)"), "no thread \(thread.tid) in \(text)") }
    #expect(lines.last?.contains("zombie(exitStatus: \(7 << 8))") == true, "\(text)")
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }

  @Test(.timeLimit(.minutes(1)))
  func aGroupStopIsToldAndLasts() throws {
    let victim = try FreezeVictim("sn")
    kill(victim.pid, SIGSTOP)
    #expect(eventually { (try? victim.states()) == ["T"] })
    let (status, text) = try probe("freeze", "\(victim.pid)", "running").finish()
    #expect(status == 0 && text.contains("stopped(signal: \(SIGSTOP))"), "\(text)")
    usleep(50_000)
    #expect(try victim.states() == ["T"])
    kill(victim.pid, SIGCONT)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }

  @Test(.timeLimit(.minutes(1)))
  func aTreeCanBeLeftStopped() throws {
    let victim = try FreezeVictim("sf,s")
    #expect(try probe("freeze", "\(victim.pid)", "stopped").finish().status == 0)
    let before = victim.threads
    #expect(eventually { (try? victim.states()) == ["T", "T"] })
    usleep(50_000)
    #expect(victim.threads == before, "a thread ran after the freeze")
    for pid in victim.pids { kill(pid, SIGCONT) }
    #expect(victim.goesOn() && victim.errors.isEmpty)
  }

  @Test(.timeLimit(.minutes(1)))
  func aTreeCanBeKilledWithoutRunningAgain() throws {
    let victim = try FreezeVictim("sf,ss,n")
    #expect(try probe("freeze", "\(victim.pid)", "killed").finish().status == 0)
    let before = victim.threads
    var status: Int32 = 0
    #expect(waitpid(victim.pid, &status, 0) == victim.pid && status == SIGKILL)
    for pid in victim.pids.dropFirst() {
      #expect(eventually { ["Z", nil].contains((try? ProcStatus(pid: pid))?.state) }, "pid \(pid) lives")
    }
    #expect(victim.threads == before)
  }

  @Test(.timeLimit(.minutes(1)))
  func aTracedTaskIsRefusedByNameOfItsTracer() throws {
    let victim = try FreezeVictim("s,s")
    let holder = try probe("hold", "\(victim.pids[1])")
    #expect(holder.says("held"))
    let (status, text) = try probe("freeze", "\(victim.pid)", "running").finish()
    #expect(status == 1 << 8 && text.contains("pid \(holder.pid) (engineprobe)"), "\(text)")
    #expect(holder.finish().status == 0)
    #expect(victim.goesOn() && victim.errors.isEmpty)
  }

  private static let freezer = "/sys/fs/cgroup/freezer"

  @Test(
    .timeLimit(.minutes(1)), .enabled(if: access(freezer + "/cgroup.procs", W_OK) == 0, "needs the freezer cgroup"),
    arguments: [false, true])
  func aCgroupIsLeftAsItWasFound(_ isFrozen: Bool) throws {
    let victim = try FreezeVictim("sfn,s")
    let cgroup = Self.freezer + "/freeze-test-\(victim.pid)"
    try #require(mkdir(cgroup, 0o755) == 0)
    func put(_ text: String, _ name: String) throws {
      try writeText(text, to: "\(cgroup)/\(name)", "prepare the cgroup", remedy: "Look at \(cgroup).")
    }
    for pid in victim.pids { try put("\(pid)", "cgroup.procs") }
    // One that job control has stopped is in it too.
    let stopped = victim.pids[1]
    kill(stopped, SIGSTOP)
    #expect(eventually { (try? ProcStatus(pid: stopped).state) == "T" })
    if isFrozen { try put("FROZEN", "freezer.state") }
    let (status, text) = try probe("freeze", "\(victim.pid)", "running", cgroup).finish()
    #expect(status == 0 && victim.pids.allSatisfy { text.contains("\($0) ") }, "\(text)")
    #expect(eventually { (try? readText(cgroup + "/freezer.state")) == (isFrozen ? "FROZEN\n" : "THAWED\n") })
    if isFrozen { try put("THAWED", "freezer.state") }
    #expect(eventually { (try? ProcStatus(pid: stopped).state) == "T" })
    kill(stopped, SIGCONT)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
    for pid in victim.pids {
      try writeText("\(pid)", to: Self.freezer + "/cgroup.procs", "leave the cgroup", remedy: "Look at \(cgroup).")
    }
    #expect(rmdir(cgroup) == 0)
  }

  @Test(.timeLimit(.minutes(1)))
  func aTaskThatCannotStopEndsTheFreezeInTime() throws {
    let victim = try FreezeVictim("sv")
    usleep(50_000)
    let begin = monotonicMicroseconds()
    let (status, text) = try probe("freeze", "\(victim.pid)", "running").finish()
    let elapsed = monotonicMicroseconds() - begin
    #expect(status == 1 << 8 && text.contains("--timeout"), "\(text)")
    #expect(elapsed > 900_000 && elapsed < 10_000_000)
    #expect(victim.goesOn() && victim.errors.isEmpty)
  }

  @Test(.timeLimit(.minutes(1)))
  func noSignalIsLost() throws {
    let victim = try FreezeVictim("gs")
    let signal = SIGRTMIN()
    let count: UInt64 = 3000
    let dumper = try probe("loop", "\(victim.pid)")
    #expect(dumper.says("guarded"))
    for _ in 0..<count {
      while sigqueue(victim.pid, signal, sigval()) != 0 { usleep(100) }
      usleep(100)
    }
    #expect(eventually { victim.threads[0].rounds == count }, "\(victim.threads[0].rounds) of \(count) came")
    dumper.lose()
    #expect(victim.goesOn() && victim.errors.isEmpty)
  }
}

private func SIGRTMIN() -> Int32 { 34 }
