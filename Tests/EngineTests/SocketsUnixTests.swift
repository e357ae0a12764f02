import Foundation
import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

@Suite struct SocketsUnixPlanTests {
  private func record(_ id: UInt32, peer: UInt32 = 0, name: String = "", uflags: UInt32 = 0) -> UnixSkEntry {
    UnixSkEntry {
      ($0.id, $0.ino, $0.peer, $0.uflags) = (id, id + 100, peer, uflags)
      $0.name = Array(name.utf8)
    }
  }

  @Test func socketsThatHaveToDoWithEachOtherAreOneComponent() {
    let components = UnixSocketPlan.components(of: [
      record(1, peer: 102), record(2, peer: 101), record(3, name: "/x"), record(4, peer: 105, name: "/x"),
      record(5, peer: 104), record(6), record(7, peer: 108), record(8, uflags: 1), record(9, peer: 108),
    ])
    #expect(components == [1: 1, 2: 1, 3: 3, 4: 3, 5: 3, 6: 6, 7: 7, 9: 9])
  }

  @Test func peersComeBeforeThoseThatAreConnectedToThem() {
    let records = [
      record(1, peer: 103), record(2, peer: 102), record(3, peer: 104), record(4, peer: 103), record(5, peer: 101),
      record(6, peer: 999), record(7),
    ]
    let files = records.map { record in
      FileEntry { ($0.id, $0.type, $0.usk) = (record.id, .unixsk, record) }
    }
    #expect(UnixSocketDump.peersFirst(files.reversed()).map(\.id) == [7, 6, 4, 3, 1, 5, 2])
  }

  @Test func aSocketWhosePeerIsMissingIsRefusedUnlessItIsGiven() {
    let plan = UnixSocketPlan()
    var lost = record(1, peer: 999)
    lost.type = 1
    plan.load([lost])
    var options = RestoreOptions(imagesDirectory: "/", workDirectory: "/")
    #expect(throws: Failure.self) { try plan.check(lost, options: options) }
    options.inherited = [.init(descriptor: 5, resource: "socket:[101]")]
    #expect(throws: Never.self) { try plan.check(lost, options: options) }
  }

  @Test func queuesAreWrittenAndReadBackWithEmptyPackets() throws {
    let set = try KindsSet(files: [], descriptors: [])
    let queues = SocketQueues()
    let packets: [SocketQueues.Packet] = [.init(bytes: [1, 2], rights: [4, 3]), .init(bytes: []), .init(bytes: [3])]
    queues.add(packets, for: 7)
    try queues.write(to: set)
    let again = SocketQueues()
    try again.load(from: set)
    #expect(again.packets == [7: packets])
    #expect(again.carriesFiles(to: 7) && !again.carriesFiles(to: 8))
  }

  @Test func aQueueIsPeekedWholeAndStaysThere() throws {
    for type: UInt32 in [1, 2, 5] {
      let pair = try makeSocketPair(type: type)
      let one = OwnedFD(adopting: pair.0)
      let other = OwnedFD(adopting: pair.1)
      let packets: [[UInt8]] = [[1, 2, 3], [UInt8](repeating: 4, count: 20_000), [5]]
      for packet in packets { try one.borrowed().send(packet[...], "x") }
      for _ in 0..<2 {
        let peeked = try other.borrowed().peekQueue(isStream: type == 1, endsEmpty: false, "x").map(\.bytes)
        #expect(type == 1 ? peeked.flatMap { $0 } == packets.flatMap { $0 } : peeked == packets)
      }
    }
  }

  @Test func emptyDatagramsArePeekedToo() throws {
    let pair = try makeSocketPair(type: 2)
    let one = OwnedFD(adopting: pair.0)
    let other = OwnedFD(adopting: pair.1)
    for packet: [UInt8] in [[], [1, 2], [], [3]] { try one.borrowed().send(packet[...], "x") }
    #expect(
      try other.borrowed().peekQueue(isStream: false, endsEmpty: false, "x").map(\.bytes) == [[], [1, 2], [], [3]])
  }
}

/// The filter instructions of linux/filter.h, in both orders.
@Suite struct SocketsFilterTests {
  @Test func instructionsAreCountedFromTheOtherEndInImages() {
    // BPF_JMP | BPF_JEQ | BPF_K 0x800, 2 on, 3 on.
    let instruction = FilterInstruction(memory: 0x0000_0800_03_02_0015)
    #expect(instruction.image == 0x0015_02_03_0000_0800)
    #expect(FilterInstruction(image: instruction.image) == instruction)
    #expect(FilterInstruction(image: instruction.image).memory == 0x0000_0800_03_02_0015)
  }
}

/// A process is dumped, restored as another one, and that one is dumped again.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root"), .serialized) struct SocketsUnixRoundTrips
{
  /// What can be compared of two dumps: peers by their descriptor rather than by inode.
  private struct Seen: Hashable, CustomStringConvertible {
    var number, type, state, shutdown: UInt32
    var name: String
    var peer: UInt32?
    var queue: [[UInt8]]
    var rest: UnixSkEntry
    var description: String { "\(number) t\(type) s\(state) \(name) -> \(peer ?? 0) \(queue) shut \(shutdown)" }
  }

  private func seen(_ set: KindsSet) throws -> [Seen] {
    let queues = SocketQueues()
    try queues.load(from: set)
    let records = try set.files.compactMap(\.usk)
    let numbers = Dictionary(set.descriptors.joined().map { ($0.id, $0.fd) }, uniquingKeysWith: min)
    return records.map { record in
      var rest = record
      (rest.ino, rest.peer, rest.id, rest.backlog) = (0, 0, 0, record.state == 10 ? record.backlog : 0)
      rest.nsId = nil
      let packets = (queues.packets[record.id] ?? []).map(\.bytes)
      return Seen(
        number: numbers[record.id] ?? 0, type: record.type, state: record.state,
        shutdown: record.shutdown?.rawValue ?? 0,
        name: String(decoding: record.name.map { $0 == 0 ? 64 : $0 }, as: UTF8.self),
        peer: records.first { $0.ino == record.peer }.flatMap { numbers[$0.id] },
        queue: record.type == 1 && !packets.isEmpty ? [packets.flatMap { $0 }] : packets, rest: rest)
    }.sorted { $0.number < $1.number }
  }

  private func scratch() -> String {
    var template = Array("/tmp/sockets.XXXXXX".utf8CString)
    return String(cString: mkdtemp(&template))
  }

  /// Dumps what `body` makes in a process, ends it, restores it and dumps it again.
  private func roundTrip(
    options: DumpOptions = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/"),
    restoring: RestoreOptions = RestoreOptions(imagesDirectory: "/", workDirectory: "/"),
    _ body: @escaping () throws -> [CInt]
  ) throws -> (before: [Seen], after: [Seen]) {
    var victim: KindsProcess? = try KindsProcess.ready { _ in try keepOnly(try body()) }
    let set = try KindsSet(dumping: [victim!], options: options)
    victim = nil
    let restored = try set.restored(options: restoring)
    let again = try KindsSet(dumping: restored, options: options)
    return (try seen(set), try seen(again))
  }

  private func socket(_ type: UInt32) throws -> BorrowedFD {
    BorrowedFD(try makeSocket(family: 1, type: type).release())
  }

  private func address(_ text: String) -> SocketAddress { .unix(Array(text.utf8)) }

  @Test(arguments: [1, 2, 5] as [UInt32]) func pairsComeBackWithWhatWaitsInThem(_ type: UInt32) throws {
    let (before, after) = try roundTrip {
      let pair = try makeSocketPair(type: type)
      let (one, other) = (BorrowedFD(pair.0), BorrowedFD(pair.1))
      try one.send([1, 2, 3], "x")
      try one.send([4], "x")
      try other.send([9, 9], "x")
      try one.setSocketOption(.sendBuffer, 50_000, "x")
      try other.setSocketOption(.passCredentials, 1, "x")
      // Where the next look with MSG_PEEK begins.
      try other.setSocketOption(.peekOffset, 2, "x")
      try other.setFlags(0o4000, "x")
      return [pair.0, pair.1]
    }
    #expect(before == after)
    #expect(before.map(\.peer) == [before[1].number, before[0].number])
    #expect(before.map(\.queue) == (type == 1 ? [[[9, 9]], [[1, 2, 3, 4]]] : [[[9, 9]], [[1, 2, 3], [4]]]))
    #expect(before[0].rest.opts.soSndbuf == 100_000 && before[0].rest.opts.soPeekOff == nil)
    #expect(before[1].rest.opts.soPeekOff == 2)
    #expect(before[1].rest.flags == 0o4002 && before[1].rest.opts.soPasscred == true)
  }

  @Test func sidesThatAreShutDownAndPeersThatAreGoneComeBack() throws {
    let (before, after) = try roundTrip {
      let shut = try makeSocketPair(type: 1)
      try BorrowedFD(shut.0).send([1], "x")
      try BorrowedFD(shut.0).shutDown(2, "x")
      var left: [CInt] = []
      for type: UInt32 in [1, 2, 5] {
        let pair = try makeSocketPair(type: type)
        try BorrowedFD(pair.0).send([7, 8], "x")
        BorrowedFD(pair.0).close()
        left.append(pair.1)
      }
      return [shut.0, shut.1] + left
    }
    #expect(before == after)
    #expect(before.map(\.shutdown) == [2, 1, 3, 0, 3])
    #expect(before.map(\.queue) == [[], [[1]], [[7, 8]], [[7, 8]], [[7, 8]]])
  }

  @Test(arguments: [1, 5] as [UInt32]) func listeningSocketsAndTheirConnectionsComeBack(_ type: UInt32) throws {
    let directory = scratch()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (before, after) = try roundTrip {
      var all: [CInt] = []
      for name in [directory + "/listening\0", "\0abstract-\(directory)"] {
        let listener = try socket(type)
        try listener.bind(to: address(name), "x")
        try listener.listen(backlog: 7, "x")
        let clients = try (0..<3).map { _ in try socket(type) }
        try clients[1].bind(to: address(name.dropLast() + "-client\0"), "x")
        for client in clients { try client.connect(to: address(name), "x") }
        let accepted = try (0..<2).map { _ in BorrowedFD(try listener.accept("x").release()) }
        try accepted[0].send([1, 2], "x")
        try clients[1].send([3], "x")
        all += ([listener] + clients + accepted).map(\.raw)
      }
      chmod(directory + "/listening", 0o640)
      chown(directory + "/listening", 12, 34)
      return all
    }
    #expect(before == after)
    #expect(before.filter { $0.state == 10 }.map { $0.rest.backlog } == [7, 7])
    #expect(before.first { $0.state == 10 }?.rest.filePerms?.mode == 0o140640)
    #expect(before.first { $0.state == 10 }?.rest.filePerms?.gid == 34)
    #expect(before.filter { $0.peer == nil }.count == 2)
    #expect(before.flatMap(\.queue) == [[1, 2], [3], [1, 2], [3]])
  }

  @Test func connectionsOutliveTheirListeningSocketAndRemovedPathsStayRemoved() throws {
    let directory = scratch()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try "kept".write(toFile: directory + "/a", atomically: false, encoding: .utf8)
    let (before, after) = try roundTrip {
      unlink(directory + "/a")
      mkdir(directory + "/gone", 0o755)
      var all: [CInt] = []
      for path in ["/a", "/gone/b"] {
        let name = address(directory + path + "\0")
        let listener = try socket(1)
        try listener.bind(to: name, "x")
        try listener.listen(backlog: 3, "x")
        let client = try socket(1)
        try client.connect(to: name, "x")
        all += [client.raw, try listener.accept("x").release()]
        if path == "/a" { listener.close() } else { all.append(listener.raw) }
        unlink(directory + path)
      }
      rmdir(directory + "/gone")
      try? "other".write(toFile: directory + "/a", atomically: false, encoding: .utf8)
      return all
    }
    #expect(before == after)
    #expect(before.map { $0.rest.deleted == true } == before.map { !$0.name.isEmpty })
    #expect(before.filter { $0.rest.deleted == true }.count == 3)
    #expect(try String(contentsOfFile: directory + "/a", encoding: .utf8) == "other")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["a"])
  }

  @Test func socketsThatHadOnePathOneAfterTheOtherKeepTheirOwnClients() throws {
    let directory = scratch()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (before, after) = try roundTrip {
      let name = address(directory + "/one\0")
      return try (0..<3).flatMap { round in
        let server = try socket(2)
        try server.bind(to: name, "x")
        let client = try socket(2)
        try client.connect(to: name, "x")
        try client.send([UInt8(round)], "x")
        if round < 2 { unlink(directory + "/one") }
        return [server.raw, client.raw]
      }
    }
    #expect(before == after)
    #expect(before.filter { $0.rest.deleted == true }.count == 2)
    #expect(before.flatMap(\.queue) == [[0], [1], [2]])
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["one"])
  }

  @Test func aClientThatWaitsAndIsGoneIsRefused() throws {
    let victim = try KindsProcess.ready { _ in
      let listener = try socket(1)
      try listener.bind(to: address("\0waiting-\(getpid())"), "x")
      try listener.listen(backlog: 3, "x")
      let client = try socket(1)
      try client.connect(to: address("\0waiting-\(getpid())"), "x")
      client.close()
      try keepOnly([listener.raw])
    }
    #expect(throws: Failure.self) { try KindsSet(dumping: [victim]) }
  }

  @Test func datagramSocketsComeBackConnectedAndFilled() throws {
    let directory = scratch()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (before, after) = try roundTrip {
      let server = try socket(2)
      try server.bind(to: address(directory + "/server\0"), "x")
      let clients = try (0..<2).map { _ in try socket(2) }
      try clients[1].bind(to: address("\0client-\(directory)"), "x")
      for (index, client) in clients.enumerated() {
        try client.connect(to: address(directory + "/server\0"), "x")
        try client.send([UInt8(index), 5], "x")
      }
      // Connected to itself, not connected at all, and filled by one that is closed.
      let own = try socket(2)
      try own.bind(to: address("\0own-\(directory)"), "x")
      try own.connect(to: address("\0own-\(directory)"), "x")
      try own.send([6], "x")
      let alone = try socket(2)
      let filled = try socket(2)
      try filled.bind(to: address("\0filled-\(directory)"), "x")
      let passing = try socket(2)
      try passing.send([8, 8], to: address("\0filled-\(directory)"), "x")
      passing.close()
      return ([server] + clients + [own, alone, filled]).map(\.raw)
    }
    #expect(before == after)
    #expect(before.map(\.queue) == [[[0, 5], [1, 5]], [], [], [[6]], [], [[8, 8]]])
    #expect(before[3].peer == before[3].number)
    #expect(before.map { $0.peer == nil } == [true, false, false, false, true, true])
  }

  @Test func aRelativePathIsBoundAgainInItsDirectory() throws {
    let directory = scratch()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    // The restored process stands elsewhere, so that only the record can be compared.
    let victim = try KindsProcess.ready { _ in
      chdir(directory)
      let listener = try socket(1)
      try listener.bind(to: address("relative\0"), "x")
      try listener.listen(backlog: 3, "x")
      try keepOnly([listener.raw])
    }
    let set = try KindsSet(dumping: [victim])
    let record = try #require(try set.files.compactMap(\.usk).first)
    #expect(record.nameDir == directory)
    unlink(directory + "/relative")
    let restored = try set.restored()
    let client = try socket(1)
    defer { client.close() }
    #expect(throws: Never.self) { try client.connect(to: address(directory + "/relative\0"), "x") }
    #expect(restored.count == 1)
  }

  @Test func aPathThatALivingSocketHasIsNotTaken() throws {
    let directory = scratch()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let victim = try KindsProcess.ready { _ in
      let listener = try socket(1)
      try listener.bind(to: address(directory + "/used\0"), "x")
      try listener.listen(backlog: 3, "x")
      try keepOnly([listener.raw])
    }
    let set = try KindsSet(dumping: [victim])
    #expect(throws: (any Error).self) { try set.restored() }
    #expect(FileManager.default.fileExists(atPath: directory + "/used"))
  }

  @Test func aPeerOutsideOfTheTreeIsRefusedAndADatagramServerReachedIfAllowed() throws {
    let server = try socket(2)
    defer { server.close() }
    let name = "\0outside-\(getpid())"
    try server.bind(to: address(name), "x")
    let victim = try KindsProcess.ready { _ in
      let client = try socket(2)
      try client.connect(to: address(name), "x")
      try keepOnly([client.raw])
    }
    #expect(throws: Failure.self) { try KindsSet(dumping: [victim]) }
    var options = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/")
    options.sockets.externalUnix = true
    let set = try KindsSet(dumping: [victim], options: options)
    #expect(try set.files.compactMap(\.usk).map(\.uflags) == [1, 0], "what it is connected to comes first")
    var restoring = RestoreOptions(imagesDirectory: "/", workDirectory: "/")
    #expect(throws: (any Error).self) { try set.restored(options: restoring) }
    restoring.sockets.externalUnix = true
    let restored = try set.restored(options: restoring)
    let again = try KindsSet(dumping: restored, options: options)
    #expect(try again.files.compactMap(\.usk).map(\.name) == set.files.compactMap(\.usk).map(\.name))
  }

  @Test func aPairOfTwoProcessesComesBackBetweenThem() throws {
    let pair = try makeSocketPair(type: 1)
    let (one, other) = (BorrowedFD(pair.0), BorrowedFD(pair.1))
    let first = try KindsProcess.ready { _ in try keepOnly([one.raw]) }
    let second = try KindsProcess.ready { _ in
      try other.send([4, 5], "x")
      try keepOnly([other.raw])
    }
    one.close()
    other.close()
    let set = try KindsSet(dumping: [first, second])
    let restored = try set.restored()
    let again = try KindsSet(dumping: restored)
    #expect(try seen(set) == seen(again))
    #expect(try seen(again).map(\.queue) == [[[4, 5]], []])
  }
}
