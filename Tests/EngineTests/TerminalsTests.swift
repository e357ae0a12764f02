import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

@Suite struct TerminalsRecordTests {
  @Test func controlCharactersLieFourInAWordAsUpstreamWritesThem() {
    var modes = TerminalModes()
    (modes.inputFlags, modes.localFlags, modes.lineDiscipline) = (0x500, 0x8a3b, 2)
    modes.controlCharacters = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 9]
    let record = TermiosEntry(modes)
    #expect(record.cCc.prefix(4) == [360_651_779, 65540, 1_708_817, 370_609_938])
    #expect(record.cCc.count == 19)
    #expect(record.modes == modes)
  }

  @Test func whatUpstreamLeavesBehindTheCharactersIsIgnored() {
    var record = TermiosEntry(TerminalModes())
    record.cCc = [360_651_779] + [UInt32](repeating: 0, count: 7) + [1_346_544_736, 21922]
    #expect(record.modes.controlCharacters == [3, 28, 127, 21] + [UInt8](repeating: 0, count: 15))
    record.cCc = []
    #expect(record.modes.controlCharacters == [UInt8](repeating: 0, count: 19))
  }

  @Test func rolesAndTheirNumbersFollowTheDevice() {
    func role(_ major: UInt32, _ minor: UInt32) -> TerminalRole? {
      TerminalRole(device: DeviceNumber(major: major, minor: minor), pairIndex: 7)
    }
    #expect(role(5, 2)?.infoID == 15)
    #expect(role(136, 9)?.infoID == 18)
    #expect(role(5, 0)?.infoID == 2012 && role(5, 1)?.infoID == 2004)
    #expect(role(4, 3)?.infoID == 2008 && role(4, 64)?.infoID == 2020)
    #expect(role(1, 3) == nil)
    #expect(TerminalRole.external(key: "x", number: 3).infoID == 2030)
  }
}

/// A process is dumped, restored as another one, and that one is dumped again.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root"), .serialized)
struct TerminalsRoundTrips {
  private func openPair() throws -> (master: BorrowedFD, slave: BorrowedFD) {
    var ends: (CInt, CInt) = (0, 0)
    guard openpty(&ends.0, &ends.1, nil, nil, nil) == 0 else { throw KindsFailure(text: "openpty") }
    return (BorrowedFD(ends.0), BorrowedFD(ends.1))
  }

  private func infos(_ set: KindsSet) throws -> [TtyInfoEntry] {
    try set.records(of: TtyInfoEntry.self, in: .ttyInfo) ?? []
  }

  @Test func aPairComesBackUnderItsNumberWithModesAndSize() throws {
    var victim: KindsProcess? = try KindsProcess.ready { _ in
      let pair = try openPair()
      var modes = try pair.slave.terminalModes(.current, "x")!
      modes.localFlags &= ~8
      modes.controlCharacters[0] = 9
      try pair.slave.setTerminalModes(modes, .current, "x")
      try pair.slave.setWindowSize(WindowSize(rows: 25, columns: 81, pixelWidth: 3, pixelHeight: 4), "x")
      try pair.master.setTerminalNumber(.setPacketMode, 1, "x")
      try pair.master.setFlags(0o4000, "x")
      let again = try pair.slave.reopened(flags: 0o400, "x")
      try keepOnly([pair.master.raw, pair.slave.raw, again])
    }
    let set = try KindsSet(dumping: [victim!])
    victim = nil
    let restored = try set.restored()
    let again = try KindsSet(dumping: restored)
    #expect(try infos(set) == infos(again))
    #expect(try infos(set).map(\.type) == [.pty, .pty])
    #expect(try infos(set).map(\.packetMode) == [false, true])
    #expect(try infos(set)[0].winsize?.wsCol == 81)
    #expect(try infos(set)[0].termios?.modes.controlCharacters[0] == 9)
    #expect(set.descriptors.map { $0.map(\.fd) } == again.descriptors.map { $0.map(\.fd) })
    func flags(_ set: KindsSet) throws -> [[UInt32]] {
      try set.files.compactMap(\.tty).map { [$0.flags & ~0o100000, $0.ttyInfoId] }
    }
    #expect(try flags(set) == flags(again))
    #expect(try flags(set).map { $0[0] } == [0o4002, 2, 0])
  }

  @Test func aSessionGetsItsTerminalBack() throws {
    var victim: KindsProcess? = try KindsProcess.ready { _ in
      setsid()
      let pair = try openPair()
      try pair.slave.becomeControllingTerminal("x")
      pair.slave.close()
      try keepOnly([pair.master.raw])
    }
    let set = try KindsSet(dumping: [victim!])
    #expect(try infos(set).map(\.sid) == [UInt32(victim!.pid)])
    let old = UInt32(victim!.pid)
    victim = nil
    let restored = try set.restored(prepare: { setsid() }, session: old)
    let again = try infos(try KindsSet(dumping: restored))
    #expect(again.map(\.sid) == [UInt32(restored[0].pid)])
    #expect(again.map(\.pgrp) == [UInt32(restored[0].pid)])
  }

  /// What can be read from each descriptor of the one process.
  private func waiting(in process: KindsProcess, _ set: KindsSet) throws -> [String] {
    let pidFD = try openProcess(process.pid)
    return try set.descriptors[0].sorted(by: { $0.fd < $1.fd }).map { descriptor in
      let file = try copyDescriptor(CInt(descriptor.fd), of: pidFD.borrowed(), "x")
      var bytes = [UInt8](repeating: 0, count: 100)
      return String(decoding: bytes[..<(try file.borrowed().read(into: &bytes, "x"))], as: UTF8.self)
    }
  }

  @Test func waitingDataComesBackAndStaysWhereItIsDumped() throws {
    var victim: KindsProcess? = try KindsProcess.ready { _ in
      let pair = try openPair()
      try pair.master.write(Array("line\n".utf8).span.bytes, "x")
      usleep(50_000)
      try pair.slave.write(Array("out\nput".utf8).span.bytes, "x")
      usleep(50_000)
      try keepOnly([pair.master.raw, pair.slave.raw])
    }
    let set = try KindsSet(dumping: [victim!])
    #expect(try waiting(in: victim!, set) == ["line\r\nout\r\nput", "line\n"])
    victim = nil
    let restored = try set.restored()
    #expect(try waiting(in: restored[0], set) == ["line\r\nout\r\nput", "line\n"])
  }

  @Test func theTerminalOfTheSessionIsOpenedAgainThroughItsOwnDevice() throws {
    var victim: KindsProcess? = try KindsProcess.ready { _ in
      setsid()
      let pair = try openPair()
      try pair.slave.becomeControllingTerminal("x")
      let own = try FilePath("/dev/tty").open(flags: 2, remedy: "x").release()
      try keepOnly([pair.master.raw, pair.slave.raw, own])
    }
    let set = try KindsSet(dumping: [victim!])
    let old = UInt32(victim!.pid)
    victim = nil
    let restored = try set.restored(prepare: { setsid() }, session: old)
    let again = try KindsSet(dumping: restored)
    #expect(try infos(again).map(\.type) == infos(set).map(\.type))
    #expect(try infos(again).contains { $0.type == .ctty && $0.sid == UInt32(restored[0].pid) })
  }

  @Test func aTerminalOfSomebodyElseNeedsShellJobAndThenBecomesOurs() throws {
    let outside = try openPair()
    defer {
      outside.master.close()
      outside.slave.close()
    }
    let victim = try KindsProcess.ready { _ in try keepOnly([outside.slave.raw]) }
    #expect {
      try KindsSet(dumping: [victim])
    } throws: { error in
      "\(error)".contains("--shell-job")
    }
    var options = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/")
    options.isShellJob = true
    let set = try KindsSet(dumping: [victim], options: options)
    #expect(throws: (any Error).self) { try set.restored() }
    let other = try openPair()
    defer {
      other.master.close()
      other.slave.close()
    }
    var restoring = RestoreOptions(imagesDirectory: "/", workDirectory: "/")
    restoring.inherited = [.init(descriptor: other.slave.raw, resource: Terminal.shellJobResource)]
    let restored = try set.restored(options: restoring)
    let process = try openProcess(restored[0].pid)
    let file = try copyDescriptor(CInt(set.descriptors[0][0].fd), of: process.borrowed(), "x")
    #expect(try file.borrowed().status("x").deviceNode == other.slave.status("x").deviceNode)
  }
}
