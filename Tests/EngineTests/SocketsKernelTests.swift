import Glibc
import Images
import Linux
import Testing

@testable import Engine

/// Netlink and packet sockets: a process is dumped, restored as another one, and that one is dumped again.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root"), .serialized)
struct SocketsKernelTests {
  private static func socket(_ family: UInt32, _ type: UInt32, _ number: UInt32) throws -> BorrowedFD {
    BorrowedFD(try makeSocket(family: family, type: type, protocol: number).release())
  }

  private func roundTrip(_ body: @escaping () throws -> [BorrowedFD]) throws -> (before: KindsSet, after: KindsSet) {
    var victim: KindsProcess? = try KindsProcess.ready { _ in try keepOnly(try body().map(\.raw)) }
    let set = try KindsSet(dumping: [victim!])
    victim = nil
    return (set, try KindsSet(dumping: try set.restored()))
  }

  @Test func netlinkSocketsKeepTheirPortsGroupsAndPeers() throws {
    let userSocket: UInt32 = 2  // NETLINK_USERSOCK
    let port = UInt32(getpid()) + 70_000
    let (before, after) = try roundTrip {
      let bound = try Self.socket(16, 3, userSocket)
      try bound.bind(to: .netlink(port: port), "x")
      try bound.setSocketOption(.netlinkAddMembership, 5, "x")
      let connected = try Self.socket(16, 3, userSocket)
      try connected.bind(to: .netlink(port: port + 1), "x")
      try connected.connect(to: .netlink(port: port, groups: 1 << 31), "x")
      return [bound, connected, try Self.socket(16, 3, 0)]
    }
    func records(_ set: KindsSet) throws -> [NetlinkSkEntry] {
      try set.files.compactMap(\.nlsk).map { record in
        var record = record
        (record.ino, record.id) = (0, 0)
        return record
      }
    }
    #expect(try records(before) == records(after))
    #expect(try records(before).map(\.portid) == [port, port + 1, 0])
    #expect(try records(before).map(\.groups) == [[1 << 4], [], []])
    #expect(try records(before)[1].dstPortid == port && records(before)[1].dstGroup == 32)
  }

  @Test func packetSocketsKeepTheirOptionsRingsAndMemberships() throws {
    let group = UInt32(getpid() & 0xffff)
    let (before, after) = try roundTrip {
      let ringed = try Self.socket(17, 3, 0)
      try ringed.setSocketOption(.packetVersion, 1, "x")
      try ringed.setSocketOption(.packetAuxiliaryData, 1, "x")
      try ringed.setSocketOption(.packetReceiveRing, words([4096, 1, 1024, 4, 0, 0, 0]), "x")
      let promiscuous: UInt32 = 1
      for _ in 0..<2 { try ringed.setSocketOption(.packetAddMembership, words([1, promiscuous, 0, 0]), "x") }
      let bound = try Self.socket(17, 2, UInt32(UInt16(0x0800).bigEndian))
      try bound.bind(to: .packet(device: 1), "x")
      try bound.setSocketOption(.packetFanout, group, "x")
      let old = try Self.socket(17, 10, UInt32(UInt16(0x0800).bigEndian))
      try old.bind(to: .packet(deviceName: try old.nameOfDevice(1, "x")), "x")
      return [ringed, bound, old]
    }
    func records(_ set: KindsSet) throws -> [PacketSockEntry] {
      try set.files.compactMap(\.psk).map { record in
        var record = record
        record.id = 0
        return record
      }
    }
    #expect(try records(before) == records(after))
    #expect(try records(before).map(\.ifindex) == [0, 1, 1])
    #expect(try records(before).map(\.type) == [3, 2, 10])
    #expect(try records(before)[0].rxRing?.frameSize == 1024 && records(before)[0].mclist.count == 2)
    #expect(try records(before)[1].fanout == group)
  }

  @Test func aNetlinkSocketWithMessagesIsRefused() throws {
    let refused = #expect(throws: Failure.self) {
      _ = try roundTrip {
        let asking = try Self.socket(16, 3, 0)
        // struct nlmsghdr, RTM_GETLINK with NLM_F_REQUEST | NLM_F_DUMP, struct rtgenmsg.
        try asking.write(words([20, 18 | 0x301 << 16, 1, 0, 0]).span.bytes, "x")
        return [asking]
      }
    }
    #expect(refused?.attempted == "dump the netlink socket" && refused?.errno == .notSupported)
    #expect(refused?.subject.hasSuffix(": messages of the kernel wait in it") == true)
  }
}

private func words(_ words: [UInt32]) -> [UInt8] { words.flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } } }
