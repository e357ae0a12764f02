import Glibc
import Images
import Linux
import Testing

@testable import Engine

private let ringByteCount = 4096

/// What the dump of a ring has: header words 1 to 3 are the number of events, head and tail.
private func contents(of context: AsynchronousIOContext) -> UnsafeMutableRawBufferPointer {
  let copy = mmap(nil, ringByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
  copy.copyMemory(from: UnsafeRawPointer(bitPattern: UInt(context.address))!, byteCount: ringByteCount)
  return UnsafeMutableRawBufferPointer(start: copy, count: ringByteCount)
}

private func word(_ index: Int, of ring: UnsafeRawPointer) -> UInt32 {
  ring.load(fromByteOffset: index * 4, as: UInt32.self)
}

private func record(_ ring: UnsafeMutableRawBufferPointer) -> AioRingEntry {
  var entry = MapsEntry()
  entry.start = UInt64(UInt(bitPattern: ring.baseAddress!))
  entry.end = entry.start + UInt64(ring.count)
  return AIORing.record(of: Mapping(kind: .aioRing, entry: entry))
}

@Suite(.serialized) struct AIORingTests {
  /// `events` that were made, and of which all but `left` were taken: 127 is a whole turn of the smallest ring.
  @Test(arguments: [(0, 0), (5, 5), (5, 2), (126, 3), (130, 4), (130, 60), (254, 0)])
  func aRingComesBackWithItsEventsAndPositions(_ events: Int, left: Int) throws {
    let original = try AsynchronousIOContext.make(requestCount: 10)
    let ring = try #require(UnsafeMutableRawPointer(bitPattern: UInt(original.address)))
    let file = try SharedMemoryFile.create(name: "test")
    let eventCount = word(1, of: ring)
    for number in 0..<events {
      #expect(try original.completeRequests(1, reading: file) == 1)
      if events - number > left { ring.storeBytes(of: UInt32(number + 1) % eventCount, toByteOffset: 8, as: UInt32.self) }
      if events - number == left { ring.storeBytes(of: UInt32(number) % eventCount, toByteOffset: 8, as: UInt32.self) }
    }
    // The result of the last event, to know it again.
    let last = (Int(word(3, of: ring)) + Int(eventCount) - 1) % Int(eventCount)
    ring.storeBytes(of: 4711, toByteOffset: 32 + 32 * last + 16, as: Int64.self)
    let dumped = contents(of: original)
    let (head, tail) = (word(2, of: ring), word(3, of: ring))

    try AIORing.restore(record(dumped), replacing: UnsafeRawBufferPointer(dumped))
    let restored = UnsafeRawPointer(dumped.baseAddress!)
    #expect([word(1, of: restored), word(2, of: restored), word(3, of: restored)] == [eventCount, head, tail])
    #expect(restored.load(fromByteOffset: 32 + 32 * last + 16, as: Int64.self) == 4711)
    // The kernel goes on where it was.
    let context = AsynchronousIOContext(address: UInt64(UInt(bitPattern: restored)))
    #expect(try context.completeRequests(1, reading: file) == 1)
    #expect(word(3, of: restored) == (tail + 1) % eventCount)
  }

  @Test func aDamagedRingIsRefused() throws {
    let original = try AsynchronousIOContext.make(requestCount: 10)
    let good = contents(of: original)
    func refused(_ record: AioRingEntry?, _ errno: Errno = .badMessage) {
      do {
        try AIORing.restore(record, replacing: UnsafeRawBufferPointer(good))
        Issue.record("a damaged ring was restored")
      } catch { #expect(error.errno == errno) }
    }
    refused(nil)
    var other = record(good)
    other.ringLen += 4096
    refused(other)
    other = record(good)
    other.nrReq *= 10  // as if made by a kernel that asks for less
    refused(other, .notSupported)
    good.storeBytes(of: 127, toByteOffset: 12, as: UInt32.self)
    refused(record(good))
  }
}
