import Glibc
import Images
import Linux
import Testing

@testable import Engine

/// fdinfo texts as Linux 6.18 prints them.
@Suite struct KindsEventTests {
  private func info(_ lines: String) -> FDInfo {
    FDInfo(parsing: Array(("pos:\t0\nflags:\t04002\nmnt_id:\t17\nino:\t1038\n" + lines).utf8))!
  }

  // MARK: From fdinfo

  @Test func eventfdCounterIsReadAsHexadecimalAndSemaphoreModeIsKept() throws {
    let plain = info("eventfd-count:               1f\neventfd-id: 4\neventfd-semaphore: 0\n")
    #expect(try Eventfd.record(plain, flags: 0o4002, "x").counter == 0x1f)
    #expect(try Eventfd.record(plain, flags: 0o4002, "x").flags == 0o4002)
    let semaphore = info("eventfd-count: ffffffffffffffff\neventfd-id: 4\neventfd-semaphore: 1\n")
    #expect(try Eventfd.record(semaphore, flags: 0o4002, "x").counter == .max)
    #expect(try Eventfd.record(semaphore, flags: 0o4002, "x").flags == 0o4003)
  }

  @Test func signalfdMaskIsReadAsHexadecimal() throws {
    #expect(try Signalfd.record(info("sigmask:\t8000000000000201\n"), "x").sigmask == 0x8000_0000_0000_0201)
  }

  @Test func timerfdIsReadWithOctalFlagsAndBothTimes() throws {
    let text = "clockid: 7\nticks: 12\nsettime flags: 03\nit_value: (5, 999999999)\nit_interval: (0, 20000000)\n"
    let entry = try Timerfd.record(info(text), "x")
    #expect(entry.clockid == 7)
    #expect(entry.ticks == 12)
    #expect(entry.settimeFlags == 3)
    #expect([entry.vsec, entry.vnsec, entry.isec, entry.insec] == [5, 999_999_999, 0, 20_000_000])
  }

  @Test func epollTargetsAreReadInOrderAndRenumberedByWhoHasTheFile() throws {
    let text = """
      tfd:        3 events: 80000019 data:                3  pos:0 ino:40e sdev:10
      tfd:        7 events:       19 data:     7f3000000007  pos:16 ino:2477ba sdev:f
      tfd:        7 events:        1 data:                8  pos:0 ino:2477bb sdev:f

      """
    var asked: [[UInt32]] = []
    let targets = try Eventpoll.targets(info(text), "x") { target, occurrence in
      asked.append([target.tfd, occurrence])
      return target.tfd + 10 + occurrence
    }
    #expect(asked == [[3, 0], [7, 0], [7, 1]])
    #expect(targets.map(\.tfd) == [13, 17, 18])
    #expect(targets.map(\.events) == [0x8000_0019, 0x19, 1])
    #expect(targets.map(\.data) == [3, 0x7f30_0000_0007, 8])
    #expect(targets.map(\.pos) == [0, 16, 0])
    #expect(targets.map(\.inode) == [0x40e, 0x2477ba, 0x2477bb])
    #expect(targets.map(\.dev) == [0x10, 0xf, 0xf])
  }

  @Test func aWatchedFileThatTheTaskNoLongerHasFailsTheDump() {
    let lines = info("tfd:        7 events:       19 data:     7  pos:16 ino:2477ba sdev:f\n")
    let failure = #expect(throws: Failure.self) {
      try Eventpoll.targets(lines, "pid 3 (x), descriptor 4") { _, _ in nil }
    }
    #expect(
      failure?.summary.hasPrefix("cannot find the file that epoll watches as descriptor 7: pid 3 (x), descriptor 4") == true)
    #expect(failure?.remedy.contains("dump when the program has removed it from epoll") == true)
  }

  @Test(arguments: ["tfd: x events: 1 data: 1", "tfd: 3 events: 1", "tfd: 3 events: 1 data: zz"])
  func unknownEpollLinesAreRefused(_ line: String) {
    #expect(throws: Failure.self) { try Eventpoll.targets(info(line), "x") { target, _ in target.tfd } }
  }

  @Test(arguments: ["eventfd-count: zz\n", "other: 1\n", "eventfd-count:\n"])
  func unknownEventfdLinesAreRefused(_ text: String) {
    #expect(throws: Failure.self) { try Eventfd.record(info(text), flags: 2, "x") }
  }

  // MARK: Times

  @Test func absoluteTimersGoOnFromNowWithTheTimeThatWasLeft() {
    let now = ClockReading(seconds: 100, nanoseconds: 700_000_000)
    var entry = TimerfdEntry { ($0.vsec, $0.vnsec, $0.isec) = (5, 400_000_000, 2) }
    #expect(Timerfd.setting(entry, now: now)?.value == ClockReading(seconds: 5, nanoseconds: 400_000_000))
    entry.settimeFlags = 1
    #expect(Timerfd.setting(entry, now: now)?.value == ClockReading(seconds: 106, nanoseconds: 100_000_000))
    #expect(Timerfd.setting(entry, now: now)?.interval == ClockReading(seconds: 2, nanoseconds: 0))
  }

  @Test func aDisarmedTimerStaysSoAndAPeriodicOneThatRanOutIsArmedForItsPeriod() {
    #expect(Timerfd.setting(TimerfdEntry(), now: .zero) == nil)
    let periodic = TimerfdEntry { $0.insec = 5 }
    #expect(Timerfd.setting(periodic, now: .zero)?.value == ClockReading(seconds: 0, nanoseconds: 5))
  }

  // MARK: Made again

  private func info(of descriptor: borrowing OwnedFD) throws -> FDInfo {
    try descriptor.withRaw { try FDInfo.read(pid: currentPid(), descriptor: $0) }
  }

  @Test(arguments: [0, 1, 0x1_0000_0005, UInt64.max - 1]) func eventfdIsMadeAgain(_ counter: UInt64) throws {
    for semaphore: UInt32 in [0, 1] {
      let entry = EventfdFileEntry { ($0.counter, $0.flags) = (counter, 2 | semaphore) }
      let made = try Eventfd.make(entry)
      #expect(try Eventfd.record(info(of: made), flags: 2, "x") == entry)
    }
  }

  @Test func signalfdIsMadeAgain() throws {
    // Without SIGKILL and SIGSTOP, which the kernel drops from such masks.
    let entry = SignalfdEntry { $0.sigmask = 0x8000_0000_0000_0201 }
    #expect(try Signalfd.record(info(of: try makeSignalfd(mask: entry.sigmask)), "x") == entry)
  }

  @Test(arguments: [0, 1] as [UInt32]) func timerfdIsMadeAgainWithItsTicks(_ flags: UInt32) throws {
    let entry = TimerfdEntry { ($0.clockid, $0.settimeFlags, $0.ticks, $0.vsec, $0.isec) = (1, flags, 7, 500, 3) }
    let made = try makeTimerfd(clock: 1)
    try Timerfd.arm(made.borrowed(), entry)
    let again = try Timerfd.record(info(of: made), "x")
    #expect(again.vsec == 499)
    #expect([again.isec, again.ticks] == [3, 7])
    #expect([again.clockid, again.settimeFlags] == [1, flags])
  }

  @Test func aPeriodicTimerIsCaughtUpBeforeItsTicksAreRead() throws {
    let entry = TimerfdEntry { ($0.clockid, $0.vnsec, $0.insec) = (1, 1000, 1_000_000) }
    let made = try makeTimerfd(clock: 1)
    try Timerfd.arm(made.borrowed(), entry)
    let start = try ClockReading.now(clock: 1)
    while try ClockReading.now(clock: 1).seconds &* 1_000_000_000 &+ ClockReading.now(clock: 1).nanoseconds
      < start.seconds &* 1_000_000_000 &+ start.nanoseconds &+ 20_000_000
    {}
    #expect(try Timerfd.record(info(of: made), "x").ticks == 1)
    try made.borrowed().catchUpTimer()
    #expect(try Timerfd.record(info(of: made), "x").ticks >= 15)
  }

  @Test func epollIsMadeAgainAlsoWhereItsTargetWasMovedToAnotherNumber() throws {
    let epoll = try makeEpoll()
    let target = try makeEventfd(counter: 0, isSemaphore: false)
    let moved = OwnedFD(adopting: try target.borrowed().duplicate(from: 100, "target"))
    let (number, movedNumber) = (target.withRaw { $0 }, moved.withRaw { $0 })
    try epoll.borrowed().watch(number, events: 1, data: 0xabcd)
    try epoll.borrowed().watch(movedNumber, events: 4, data: 0xef)
    try target.close("target")

    let own = currentPid()
    let targets = try epoll.withRaw { (epoll) throws(Failure) in
      try Eventpoll.targets(FDInfo.read(pid: own, descriptor: epoll), "x") { (target, occurrence) throws(Failure) in
        for candidate in [CInt(bitPattern: target.tfd), movedNumber]
        where try isWatched(candidate, of: own, epoll: epoll, of: own, target: target.tfd, occurrence: occurrence) {
          return UInt32(candidate)
        }
        return nil
      }
    }
    #expect(targets.map(\.tfd) == [UInt32(movedNumber), UInt32(movedNumber)])

    let made = try makeEpoll()
    try Eventpoll.addTargets(to: made.borrowed(), EventpollFileEntry { $0.tfd = targets })
    var lines = try info(of: made).values(of: "tfd:").compactMap(Eventpoll.target)
    lines.sort { $0.data < $1.data }
    #expect(lines.map(\.data) == [0xef, 0xabcd])
    #expect(Set(lines.map(\.events)).subtracting([0x19, 0x1c]).isEmpty)
    #expect(Set(lines.map(\.tfd)).count == 2)
  }
}

/// A process is dumped, restored as another one, and that one is dumped again.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root"), .serialized) struct KindsEventRoundTrips {
  @Test func eventDescriptorsOfAProcessComeBackAsTheyWere() throws {
    let victim = try KindsProcess.ready { _ in
      let counter = try makeEventfd(counter: 77, isSemaphore: true).release()
      let signals = try makeSignalfd(mask: 0x1200).release()
      let timer = try makeTimerfd(clock: 7).release()
      let epoll = try makeEpoll().release()
      let pair = try BorrowedFD(counter).duplicate(from: 60, "test")
      try BorrowedFD(counter).setFlags(0o4000, "test")
      let hour = ClockReading(seconds: 3600, nanoseconds: 0)
      try BorrowedFD(timer).setTimer(TimerSetting(value: hour, interval: hour), flags: 0)
      try BorrowedFD(timer).setTimerTicks(5)
      try BorrowedFD(epoll).watch(counter, events: 0x8000_0001, data: 0x1234_5678_9abc_def0)
      try BorrowedFD(epoll).watch(timer, events: 1, data: 2)
      // Watched under a number that is closed since.
      let moved = try BorrowedFD(signals).duplicate(from: 80, "test")
      try BorrowedFD(epoll).watch(moved, events: 1, data: 3)
      BorrowedFD(moved).close()
      try keepOnly([counter, signals, timer, epoll, pair])
    }
    let before = try KindsSet(dumping: [victim])
    let restored = try before.restored()
    let after = try KindsSet(dumping: restored)

    #expect(after.descriptors.map { $0.map(\.fd) } == before.descriptors.map { $0.map(\.fd) })
    #expect(after.descriptors.map { $0.map(\.type) } == before.descriptors.map { $0.map(\.type) })
    let (old, new) = (try before.files, try after.files)
    #expect(old.compactMap(\.efd) == new.compactMap(\.efd))
    #expect(old.compactMap(\.efd).map(\.counter) == [77])
    #expect(old.compactMap(\.efd).map(\.flags) == [0o4003])
    #expect(old.compactMap(\.sgfd) == new.compactMap(\.sgfd))
    #expect(old.compactMap(\.sgfd).map(\.sigmask) == [0x1200])
    let timers = old.compactMap(\.tfd) + new.compactMap(\.tfd)
    #expect(timers.map(\.ticks) == [5, 5])
    #expect(timers.map(\.isec) == [3600, 3600])
    #expect(timers.allSatisfy { $0.vsec > 3590 && $0.clockid == 7 })
    let targets = [old, new].map { $0.compactMap(\.epfd).flatMap(\.tfd).sorted { $0.data < $1.data } }
    #expect(targets[0].map(\.data) == [2, 3, 0x1234_5678_9abc_def0])
    #expect(targets[0].map(\.tfd) == targets[1].map(\.tfd))
    #expect(targets[0].map(\.events) == targets[1].map(\.events))
  }
}
