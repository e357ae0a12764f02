import Glibc
import Testing

@testable import Linux

/// Answers of sock_diag(7), in the bytes that Linux 6.18 sends on a little-endian machine.
@Suite struct SocketsNetlinkTests {
  private func bytes(_ numbers: UInt32...) -> [UInt8] { numbers.flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } } }

  private func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
    let count = UInt16(value.count + 4)
    let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    return [UInt8(count & 0xff), UInt8(count >> 8), UInt8(type & 0xff), UInt8(type >> 8)] + value + padding
  }

  private func message(_ body: [UInt8], type: UInt32 = 20) -> [UInt8] {
    bytes(UInt32(body.count + 16), type | 2 << 16, 1, 0) + body
  }

  @Test func aListeningUnixSocketIsReadWithItsNodeQueuesAndWaitingClients() throws {
    let name = Array("/tmp/x".utf8) + [0]
    let body =
      [1, 1, 10, 0] + bytes(700, 1, 2) + attribute(0, name) + attribute(1, bytes(42, 0x80_0001))
      + attribute(3, bytes(701, 0)) + attribute(4, bytes(2, 7)) + attribute(6, [0])
    let table = try UnixSocketTable(parsing: NetlinkMessages(bytes: message(body) + message([], type: 2)))
    let socket = try #require(table.sockets[700])
    #expect(socket.type == 1 && socket.state == 10 && socket.peer == 0)
    #expect(socket.name == name)
    #expect(socket.node == .init(inode: 42, device: DeviceNumber(major: 8, minor: 1)))
    #expect(socket.waiting == [701, 0])
    #expect(socket.receiveQueue == 2 && socket.writeQueue == 7)
  }

  @Test func aConnectedUnixSocketIsReadWithItsPeerAndShutdown() throws {
    let body = [1, 5, 1, 0] + bytes(9, 1, 2) + attribute(2, bytes(10)) + attribute(6, [2])
    let table = try UnixSocketTable(parsing: NetlinkMessages(bytes: message(body)))
    #expect(table.sockets[9]?.peer == 10)
    #expect(table.sockets[9]?.shutdown == 2)
    #expect(table.sockets[9]?.name == [])
  }

  @Test func anInternetSocketIsReadWithAddressesAndPorts() throws {
    let id =
      [0x1e, 0x61, 0x00, 0x50] + [127, 0, 0, 1] + bytes(0, 0, 0) + [10, 0, 0, 2] + bytes(0, 0, 0) + bytes(3, 1, 2)
    let body = [2, 10, 0, 0] + id + bytes(0, 1, 128, 0, 555) + attribute(8, [1])
    let socket = try #require(try InetSocketTable(parsing: NetlinkMessages(bytes: message(body))).sockets[555])
    #expect(socket.sourcePort == 7777 && socket.destinationPort == 80)
    #expect(socket.source == [0x0100_007f] && socket.destination == [0x0200_000a])
    #expect(socket.interface == 3 && socket.state == 10)
    #expect(socket.receiveQueue == 1 && socket.writeQueue == 128 && socket.shutdown == 1)
  }

  @Test func messagesThatAreCutAreRefused() {
    let whole = message([1, 1, 10, 0] + bytes(700, 1, 2) + attribute(0, [1, 2, 3, 4]))
    for count in 1..<whole.count where count != 0 {
      #expect(throws: Failure.self) { try UnixSocketTable(parsing: NetlinkMessages(bytes: Array(whole[..<count]))) }
    }
  }

  @Test func theKernelListsASocketOfOurOwn() throws {
    let pair = try makeSocketPair(type: 1)
    let one = OwnedFD(adopting: pair.0)
    let other = OwnedFD(adopting: pair.1)
    try one.borrowed().send([1, 2, 3], "test")
    let inodes = try [one.borrowed().status("test").inode, other.borrowed().status("test").inode].map(UInt32.init)
    let table = try UnixSocketTable.read()
    #expect(table.sockets[inodes[0]]?.peer == inodes[1])
    #expect(table.sockets[inodes[1]]?.receiveQueue == 3)
  }
}
