import CParasite
import Glibc
import Images
import Linux
import Testing

@testable import Engine

@Test func timersAreReadFromTheTextOfProc() throws {
  let text = """
    ID: 1
    signal: 60/00007fff86e452a8
    notify: signal/tid.2634
    ClockID: 0
    ID: 4
    signal: 14/(null)
    notify: none/pid.2000
    ClockID: -6

    """
  #expect(
    try PosixTimer.parse(text, subject: "test") == [
      PosixTimer(id: 1, signal: 60, value: 0x7fff_86e4_52a8, notify: 4, notifyTid: 2634, clock: 0),
      PosixTimer(id: 4, signal: 14, value: 0, notify: 1, notifyTid: nil, clock: -6),
    ])
  #expect(try PosixTimer.parse("", subject: "test") == [])
}

@Test(arguments: ["ID: x\n", "signal: 1/0\n", "ID: 0\nnotify: poll/pid.1\n", "ID: 0\nsignal: 5\n"])
func aTextOfTimersThatIsNotUnderstoodIsRefused(_ text: String) {
  #expect(throws: Failure.self) { try PosixTimer.parse(text, subject: "test") }
}

@Test func aTimerSurvivesTheRecordAndComesBack() throws {
  let timer = PosixTimer(id: 9, signal: 50, value: 1 << 40, notify: 4, notifyTid: 700, clock: -6)
  let reading = parasite_timer(
    id: 9, overrun: 3,
    time: state_interval(interval_seconds: 1, interval_units: 2, value_seconds: 3, value_units: 4))
  let entry = try PosixTimerEntry(decoding: timer.entry(reading: reading, virtualTid: 7).encoded().span.bytes)
  let back = entry.restoreTimer
  #expect(back.id == 9 && back.clock == -6 && back.signal == 50 && back.notify == 4)
  #expect(back.value == 1 << 40 && back.notify_tid == 7)
  #expect(back.time.interval_seconds == 1 && back.time.interval_units == 2)
  #expect(back.time.value_seconds == 3 && back.time.value_units == 4 && entry.overrun == 3)
}

@Test func limitsAreReadFromTheTextOfProcAsByCall() throws {
  let byCall = try #require(try resourceLimits(of: 0))
  let byText = try TaskLimits.parse(try readText("/proc/self/limits"), subject: "test")
  #expect(byText == byCall)
  #expect(throws: Failure.self) { try TaskLimits.parse("Limit\nMax cpu time  1\n", subject: "test") }
}

@Test(arguments: [(0, 0), (0x40000, 40000), (0x0c0000, 0), (0x4000a, 4000), (0x0020_0000, 200_000)] as [(UInt32, UInt32)])
func aPersonalityIsStoredAsCRIUStoresIt(_ personality: UInt32, _ stored: UInt32) {
  #expect(TaskCoreEntry.imageForm(ofPersonality: personality) == stored)
  if !String(personality, radix: 16).contains(where: \.isLetter) {
    #expect(TaskCoreEntry.personality(ofImageForm: stored) == personality)
  }
}

@Test func credentialsSurviveTheRecord() throws {
  var wanted = state_credentials()
  (wanted.uid, wanted.euid, wanted.suid, wanted.fsuid) = (1, 2, 3, 4)
  (wanted.gid, wanted.egid, wanted.sgid, wanted.fsgid) = (5, 6, 7, 8)
  wanted.securebits = 0x2f
  wanted.inheritable = 1 << 40
  wanted.permitted = 1 << 33 | 2
  wanted.effective = 2
  wanted.bounding = .max
  wanted.ambient = 1 << 3
  let entry = try CredsEntry(decoding: CredsEntry(wanted, groups: [9, 10]).encoded().span.bytes)
  #expect(CredsEntry(entry.credentials, groups: entry.groups) == CredsEntry(wanted, groups: [9, 10]))
  #expect(entry.noNewPrivs == nil && entry.capInh == [0, 1 << 8])
  #expect(entry.credentials.bounding == .max && entry.credentials.fsuid == 4)
}

@Test func setsOfOlderVersionsHaveFewerWordsOfCapabilities() {
  #expect(UInt64(halves: []) == 0)
  #expect(UInt64(halves: [3]) == 3)
}

@Test func capabilitiesThatWeLackAreFoundByName() throws {
  let host = HostState(
    layout: .ofThisProcessor(), permittedCapabilities: ~(1 << 24), effectiveCapabilities: ~(1 << 24),
    boundingCapabilities: .max,
    limits: [ResourceLimit](repeating: ResourceLimit(current: 10, maximum: 10), count: 16), runs32BitCode: true)
  var core = try sampleCore()
  core.threadCore?.creds = CredsEntry { $0.capPrm = [1 << 24 | 1, 0] }
  core.tc?.rlimits = TaskLimits.entry([ResourceLimit(current: 5, maximum: 11)])
  let findings = findings(for: core, on: host)
  #expect(findings.count == 2)
  #expect(
    findings.contains {
      $0.subject == "CAP_SYS_RESOURCE of tid 5 of pid 5 (nginx)" && $0.remedy.contains("run with these capabilities")
    })
  #expect(
    findings.contains {
      $0.subject == "RLIMIT_CPU of pid 5 (nginx)" && $0.errno == .notPermitted && $0.remedy.contains("CAP_SYS_RESOURCE")
    })
}

@Test func aBoundingSetThatWeMayNotMakeSmallerIsFound() throws {
  var core = try sampleCore()
  core.threadCore?.creds = CredsEntry { $0.capBnd = [.max & ~(1 << 21), .max] }
  var host = HostState(
    layout: .ofThisProcessor(), permittedCapabilities: .max, effectiveCapabilities: 1 << 40, boundingCapabilities: .max,
    limits: [], runs32BitCode: true)
  let found = findings(for: core, on: host)
  #expect(found.count == 1 && found[0].subject.hasPrefix("CAP_SYS_ADMIN of tid 5") && found[0].errno == .notPermitted)
  #expect(found[0].remedy.contains("CAP_SETPCAP") && found[0].remedy.contains("setpriv --bounding-set"))
  host.boundingCapabilities = ~(1 << 21)
  #expect(findings(for: core, on: host).isEmpty)
  host.boundingCapabilities = .max
  host.effectiveCapabilities = 1 << 8
  #expect(findings(for: core, on: host).isEmpty)
}

@Test func codeThatThisHostDoesNotRunIsFound() throws {
  var core = try sampleCore()
  core.threadInfo?.gpregs.mode = .compat
  var host = try HostState.probe()
  host.runs32BitCode = true
  #expect(findings(for: core, on: host).isEmpty)
  host.runs32BitCode = false
  #expect(findings(for: core, on: host).map(\.attempted) == ["restore a 32-bit program"])
  #expect(findings(for: core, on: host)[0].remedy.contains("CONFIG_IA32_EMULATION"))
  core.mtype = .aarch64
  #expect(findings(for: core, on: host).map(\.attempted) == ["restore a program of another architecture"])
  #expect(findings(for: core, on: host)[0].subject == "\(core.mtype), tid 5 of pid 5 (nginx)")
}

@Test func whatThisHostHoldsGivesNoFinding() throws {
  #expect(findings(for: try sampleCore(), on: try HostState.probe()).isEmpty)
}

private func sampleCore() throws -> CoreEntry {
  let layout = ExtendedStateLayout.ofThisProcessor()
  var core = CoreEntry()
  core.mtype = .x86_64
  var info = ThreadInfoX86()
  info.gpregs.mode = .native
  info.fpregs = try ExtendedStateX86.entry(
    from: [UInt8](repeating: 0, count: layout.byteCount), layout: layout, subject: "test")
  info.tls = ThreadArea.entryNumbers.map { UserDescT(.empty($0)) }
  core.threadInfo = info
  core.threadCore = ThreadCoreEntry()
  core.tc = TaskCoreEntry { ($0.taskState, $0.comm) = (1, "nginx") }
  return core
}

private func findings(for core: CoreEntry, on host: HostState) -> [Failure] {
  let task = TaskPlan(
    entry: PstreeEntry { $0.pid = 5 }, core: core.tc!, threads: [ThreadPlan(tid: 5, core: core)], ids: nil, memory: nil,
    filesystem: nil, descriptors: [])
  var findings = Findings()
  checkState(of: task, on: host, &findings)
  return findings.failures
}
