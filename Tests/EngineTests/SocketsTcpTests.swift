import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

@Suite struct SocketsTcpStateTests {
  @Test func finsCountWhereTheyWereSentAndReceived() {
    let all = (UInt32(1)...11).map { TcpState(rawValue: $0)! }
    #expect(all.filter(\.isConnection).map(\.rawValue) == [1, 2, 4, 5, 6 + 1, 8, 9, 11])
    #expect(all.filter(\.hasSentFin).map(\.rawValue) == [4, 5, 7, 9, 11])
    #expect(all.filter(\.hasReceivedFin).map(\.rawValue) == [7, 8, 9, 11])
    #expect(all.filter(\.isFinAcknowledged).map(\.rawValue) == [5, 7])
    #expect(all.filter(\.sentFinFirst).map(\.rawValue) == [4, 5, 11])
  }
}

@Suite struct SocketsNetworkLockTests {
  private func connection(_ source: [UInt32], _ destination: [UInt32]) -> NetworkLock.Connection {
    var record = InetSkEntry()
    (record.srcPort, record.dstPort) = (80, 4000)
    (record.srcAddr, record.dstAddr) = (source, destination)
    return NetworkLock.Connection(record)
  }

  @Test func addressesAreWrittenAsFirewallsReadThem() {
    #expect([UInt32(0x0100_007f)].addressText == "127.0.0.1")
    #expect([UInt32(0x0100_80fe), 0, 0, 0x0200_0000].addressText == "fe80:1:0:0:0:0:0:2")
    #expect([UInt32(0), 0, 0xffff_0000, 0x0100_007f].unmapped == [0x0100_007f])
    #expect([UInt32(1), 0, 0xffff_0000, 0x0100_007f].unmapped.count == 4)
  }

  /// Names are those of upstream, which has room for 31 characters of "inet CRIU-" and an identifier.
  @Test func theTableOfTheLockHasUpstreamsName() {
    let lock = NetworkLock(method: .nftables, runID: "11111111-2222-3333-4444-555555555555")
    #expect(lock.tableName == "CRIU-11111111-2222-3333-44")
    #expect("inet \(lock.tableName)".count == 31)
    #expect(NetworkLock(method: .nftables, runID: "17").tableName == "CRIU-17")
  }

  /// The table is made and taken away in a network of its own.
  @Test(.enabled(if: geteuid() == 0, "changes a firewall: needs root"), arguments: SocketOptions.NetworkLock.allCases)
  func lockIsUndoneByItsJournal(_ method: SocketOptions.NetworkLock) throws {
    let lock = NetworkLock(method: method, runID: "11111111-2222-3333-4444-555555555555")
    let connections: Set = [
      connection([0x0100_007f], [0x0200_007f]), connection([0, 0, 0xffff_0000, 0x0100_007f], [0, 0, 0xffff_0000, 0x0300_007f]),
      connection([0, 0, 0, 0x0100_0000], [0x0100_80fe, 0, 0, 0x0200_0000]),
    ]
    // Of this thread only, which goes back at the end.
    let (_, own) = try twoNetworks()
    defer { #expect(throws: Never.self) { try Trial.call("go back", ProbeCall.setns, own, newNetwork) } }
    do {
      let journal = NotedChanges()
      #expect(try lock.lock(connections, journal: journal).count == journal.live.count)
      #expect(journal.live.isEmpty == (method == .skip))
      for change in journal.live {
        guard case .firewallChanged(let firewall, let undoText, in: nil) = change else { continue }
        try firewall.run(undoText)
        #expect(throws: Failure.self, "nothing is left to undo") { try firewall.run(undoText) }
      }
    }
  }
}
