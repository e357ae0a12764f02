import Glibc
import Images
import Linux
import Testing

@testable import Engine

/// Descriptors that were sent and not received yet (SCM_RIGHTS of unix(7)).
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root"), .serialized)
struct SocketsInFlightTests {
  /// A copy of a descriptor of a process.
  private func copy(_ number: CInt, of process: KindsProcess) throws -> OwnedFD {
    let task = try openProcess(process.pid)
    return try copyDescriptor(number, of: task.borrowed(), "test")
  }

  /// Peeks the only packet, and gives its descriptors.
  private func descriptors(in socket: borrowing OwnedFD, bytes: [UInt8]) throws -> [CInt] {
    let queue = try socket.borrowed().peekQueue(isStream: true, endsEmpty: false, "test")
    #expect(queue.map(\.bytes) == [bytes])
    return queue.first?.descriptors ?? []
  }

  @Test(arguments: [UInt32(1), 2, 5], [true, false])
  func whatIsInFlightArrives(_ type: UInt32, _ senderIsGone: Bool) throws {
    let victim = try KindsProcess.ready { _ in
      let pair = try makeSocketPair(type: type)
      let pipe = try makePipe()
      try BorrowedFD(pair.0).send([7, 8], with: [pipe.read, pipe.write, pipe.read], "test")
      try keepOnly([pair.1, pipe.write] + (senderIsGone ? [] : [pair.0]))
    }
    let before = try KindsSet(dumping: [victim])
    let numbers = before.descriptors[0]
    let receiver = try #require(
      numbers.filter { $0.type == .unixsk }.first { entry in
        let queues = SocketQueues()
        try queues.load(from: before)
        return queues.carriesFiles(to: entry.id)
      })
    let writer = try #require(numbers.first { $0.type == .pipe })
    let restored = try before.restored()
    let socket = try copy(CInt(receiver.fd), of: restored[0])
    let arrived = try descriptors(in: socket, bytes: [7, 8])
    defer { for number in arrived { BorrowedFD(number).close() } }
    #expect(arrived.count == 3)
    // The end that was only in flight is of the pipe that the task still writes to.
    let end = try copy(CInt(writer.fd), of: restored[0])
    let text: [UInt8] = [1, 2, 3]
    try end.borrowed().write(text.span.bytes, "test")
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try BorrowedFD(arrived[2]).read(into: &buffer, "test") == 3 && buffer[..<3] == text[...])
    #expect(try compare(.file, of: getpid(), Int(arrived[0]), with: getpid(), Int(arrived[2])) == .same)
    let written = Int(writer.fd)
    #expect(try compare(.file, of: getpid(), Int(arrived[1]), with: restored[0].pid, written) == .same)
  }

  @Test func aSocketInFlightKeepsWhatIsInFlightToIt() throws {
    let victim = try KindsProcess.ready { _ in
      let outer = try makeSocketPair(type: 1)
      let inner = try makeSocketPair(type: 2)
      let counter = try makeEventfd(counter: 5, isSemaphore: false).release()
      try BorrowedFD(inner.0).send([1], with: [counter], "test")
      try BorrowedFD(outer.0).send([2], with: [inner.1], "test")
      try keepOnly([outer.0, outer.1])
    }
    let restored = try KindsSet(dumping: [victim]).restored()
    var found: [CInt] = []
    for number in try descriptorNumbers(of: restored[0].pid) {
      let socket = try copy(number, of: restored[0])
      guard (try? socket.borrowed().socketOption(.domain, "test")) != nil else { continue }
      found += try socket.borrowed().peekQueue(isStream: true, endsEmpty: false, "test").flatMap(\.descriptors)
    }
    #expect(found.count == 1)
    let inner = OwnedFD(adopting: try #require(found.first))
    let innermost = try descriptors(in: inner, bytes: [1])
    let counter = OwnedFD(adopting: try #require(innermost.first))
    let info = try counter.withRaw { try FDInfo.read(pid: getpid(), descriptor: $0) }
    #expect(info.values(of: "eventfd-count:") == ["5"])
  }
}
