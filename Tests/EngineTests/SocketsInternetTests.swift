import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

/// Others may run these tests on this machine too.
private let firstPort = 18_000 + UInt16(getpid() % 1000) * 10
private func port(_ number: UInt16) -> UInt16 { firstPort + number }

private let localhost: [UInt32] = [0x0100_007f]
private let localhost6: [UInt32] = [0, 0, 0, 0x0100_0000]

/// A process is dumped, restored as another one, and that one is dumped again.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root"), .serialized)
struct SocketsInternetRoundTrips {
  private func socket(_ family: UInt32, _ type: UInt32, _ number: UInt32 = 0) throws -> BorrowedFD {
    BorrowedFD(try makeSocket(family: family, type: type, protocol: number).release())
  }

  private func roundTrip(_ body: @escaping () throws -> [BorrowedFD]) throws -> (
    before: [InetSkEntry], after: [InetSkEntry]
  ) {
    _ = firstPort  // of this process, not of the first child that asks
    var victim: KindsProcess? = try KindsProcess.ready { _ in try keepOnly(try body().map(\.raw)) }
    let set = try KindsSet(dumping: [victim!])
    victim = nil
    let restored = try set.restored()
    let again = try KindsSet(dumping: restored)
    func records(_ set: KindsSet) throws -> [InetSkEntry] {
      try set.files.compactMap(\.isk).map { record in
        var record = record
        (record.ino, record.id) = (0, 0)
        return record
      }
    }
    return (try records(set), try records(again))
  }

  @Test func listeningSocketsComeBackWithBacklogAndOptions() throws {
    let (before, after) = try roundTrip {
      let four = try socket(2, 1)
      try four.setSocketOption(.reuseAddress, 1, "x")
      try four.bind(to: .inet(port: port(1), address: localhost), "x")
      try four.listen(backlog: 9, "x")
      try four.setSocketOption(.tcpNoDelay, 1, "x")
      try four.setSocketOption(.tcpKeepIdle, 77, "x")
      try four.setSocketOption(.keepAlive, 1, "x")
      try four.setFlags(0o4000, "x")
      let six = try socket(10, 1)
      try six.setSocketOption(.ip6Only, 1, "x")
      try six.bind(to: .inet(port: port(1), address: [0, 0, 0, 0]), "x")
      try six.listen(backlog: 3, "x")
      return [four, six]
    }
    #expect(before == after)
    #expect(before.map(\.state) == [10, 10])
    #expect(before.map(\.backlog) == [9, 3])
    #expect(before.map(\.srcPort) == [UInt32(port(1)), UInt32(port(1))])
    #expect(before[0].srcAddr == localhost && before[1].v6only == true)
    #expect(before[0].tcpOpts?.keepidle == 77 && before[0].tcpOpts?.nodelay == true)
    #expect(before[0].opts.reuseaddr == true && before[1].opts.reuseaddr == false)
  }

  @Test func socketsThatShareAPortComeBack() throws {
    let (before, after) = try roundTrip {
      let both = try (0..<2).map { _ in try socket(2, 1) }
      for one in both {
        try one.setSocketOption(.reusePort, 1, "x")
        try one.bind(to: .inet(port: port(2), address: localhost), "x")
        try one.listen(backlog: 5, "x")
      }
      // Bound while the first did not listen yet, which is not possible afterwards.
      let first = try socket(2, 1)
      let second = try socket(2, 1)
      for one in [first, second] {
        try one.setSocketOption(.reuseAddress, 1, "x")
        try one.bind(to: .inet(port: port(3), address: localhost), "x")
      }
      try first.listen(backlog: 5, "x")
      return both + [first, second]
    }
    #expect(before == after)
    #expect(before.map(\.state) == [10, 10, 10, 7])
    #expect(before.map { $0.opts.soReuseport } == [true, true, false, false])
  }

  @Test func datagramSocketsComeBackBoundConnectedAndShutDown() throws {
    let (before, after) = try roundTrip {
      let bound = try socket(2, 2)
      try bound.bind(to: .inet(port: port(4), address: [0]), "x")
      try bound.setSocketOption(.broadcast, 1, "x")
      let connected = try socket(10, 2)
      try connected.bind(to: .inet(port: port(5), address: localhost6), "x")
      try connected.connect(to: .inet(port: port(6), address: localhost6), "x")
      let shut = try socket(2, 2)
      try shut.connect(to: .inet(port: port(6), address: localhost), "x")
      try shut.shutDown(1, "x")
      let lite = try socket(2, 2, 136)
      try lite.bind(to: .inet(port: port(7), address: localhost), "x")
      return [bound, connected, shut, lite, try socket(2, 1), try socket(10, 2)]
    }
    #expect(before == after)
    #expect(before.map(\.state) == [7, 1, 1, 7, 7, 7])
    #expect(before.map(\.dstPort) == [0, UInt32(port(6)), UInt32(port(6)), 0, 0, 0])
    #expect(before[2].shutdown == .read)
    #expect(before.map { $0.nsId == nil } == [false, false, false, false, true, true])
  }

  @Test func rawSocketsComeBackWithFiltersAndAddresses() throws {
    let icmp: UInt32 = 1
    let icmp6: UInt32 = 58
    let (before, after) = try roundTrip {
      let ping = try socket(2, 3, icmp)
      try ping.bind(to: .inet(port: 0, address: localhost), "x")
      try ping.setSocketOption(.icmpFilter, 1 << 13, "x")
      let ping6 = try socket(10, 3, icmp6)
      try ping6.setSocketOption(.icmp6Filter, [UInt8](repeating: 0x5a, count: 32), "x")
      let own = try socket(2, 3, 255)
      try own.connect(to: .inet(port: 9, address: localhost), "x")
      let tcp = try socket(2, 3, 6)  // sees the packets of TCP, and is no connection
      try tcp.setSocketOption(.ipNoDefragment, 1, "x")
      return [ping, ping6, own, tcp]
    }
    #expect(before == after)
    #expect(before.map(\.type) == [3, 3, 3, 3])
    #expect(before[0].srcAddr == localhost)
    #expect(before[0].ipOpts?.raw?.icmpvFilter == [1 << 13])
    #expect(before[1].ipOpts?.raw?.icmpvFilter == [UInt32](repeating: 0x5a5a_5a5a, count: 8))
    #expect(before[2].ipOpts?.raw?.hdrincl == true)
    #expect(before[2].dstPort == 9)
    #expect(before[3].ipOpts?.raw?.nodefrag == true)
  }

  @Test func aLiveConnectionWantsTheUsersWordAtTheDumpAndInAnImage() throws {
    _ = firstPort
    let victim = try KindsProcess.ready { _ in
      let server = try socket(2, 1)
      try server.setSocketOption(.reuseAddress, 1, "x")
      try server.bind(to: .inet(port: port(8), address: localhost), "x")
      try server.listen(backlog: 5, "x")
      let client = try socket(2, 1)
      try client.connect(to: .inet(port: port(8), address: localhost), "x")
      try keepOnly([client.raw, server.raw, try server.accept("x").release()])
    }
    #expect {
      try KindsSet(dumping: [victim])
    } throws: { error in
      (error as? Failure)?.errno == .notSupported && "\(error)".contains("--tcp-established")
    }
    let record = InetSkEntry {
      ($0.id, $0.family, $0.type, $0.proto, $0.state) = (1, 2, 1, 6, 1)
      ($0.srcAddr, $0.dstAddr, $0.dstPort) = ([0], [0], 9)
    }
    let file = FileEntry {
      ($0.id, $0.type) = (1, .inetsk)
      $0.isk = record
    }
    let descriptor = FdinfoEntry { ($0.id, $0.type, $0.fd) = (1, .inetsk, 3) }
    let set = try KindsSet(files: [file], descriptors: [[descriptor]])
    let refused = #expect(throws: Failure.self) { try set.restored() }
    #expect(refused?.subject == "task 0, descriptor 3: to port 9, which was live at the dump")
    #expect(refused?.remedy == "Give --tcp-established to carry it over, or --tcp-close to close it.")
    let closing = #expect(throws: Failure.self) {
      _ = try FilePlan(
        reading: set, inventory: InventoryEntry { $0.tcpClose = true }, holders: [],
        options: RestoreOptions(imagesDirectory: "/", workDirectory: "/"), log: Log(level: .message))
    }
    #expect(closing?.subject == "to port 9, which was dumped to be closed" && closing?.remedy == "Give --tcp-close here too.")
  }

  @Test func connectionsThatAreNotAcceptedAreRefusedUnlessTheyAreToBeLeftOut() throws {
    _ = firstPort
    let victim = try KindsProcess.ready { _ in
      let server = try socket(2, 1)
      try server.setSocketOption(.reuseAddress, 1, "x")
      try server.bind(to: .inet(port: port(9), address: localhost), "x")
      try server.listen(backlog: 5, "x")
      let client = try socket(2, 1)
      try client.connect(to: .inet(port: port(9), address: localhost), "x")
      client.close()
      try keepOnly([server.raw])
    }
    #expect(throws: Failure.self) { try KindsSet(dumping: [victim]) }
    var options = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/")
    options.sockets.skipInFlight = true
    #expect(try KindsSet(dumping: [victim], options: options).files.compactMap(\.isk).map(\.state) == [10])
  }
}
