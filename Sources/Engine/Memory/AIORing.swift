internal import Images
internal import Linux

/// The ring of an AIO context (io_setup(2)), in which the kernel puts what became of requests: a mapping that only the
/// kernel makes.
///
///     | header of 8 words | events of 32 bytes, `eventCount` of them |
///
/// Of requests under way nothing tells, neither the ring nor /proc; so their events are lost, as with CRIU.
struct AIORing {
  private static let headerByteCount = 32
  private static let eventByteCount = 32

  /// Its record in mm-PID.img: for what number of requests the kernel makes a ring of this size.
  static func record(of mapping: Mapping) -> AioRingEntry {
    AioRingEntry {
      $0.id = mapping.range.lowerBound
      // The kernel doubles the number, adds 2, and uses the last page up.
      $0.nrReq = UInt32((eventCount(byteCount: mapping.range.count) - 2) / 2)
      $0.ringLen = UInt32(mapping.range.count)
    }
  }

  private static func eventCount(byteCount: Int) -> Int { (byteCount - headerByteCount) / eventByteCount }

  /// Puts a context's ring in place of its contents, which wait in the arena.
  ///
  /// The kernel counts events by itself, so that as many requests are made as it had: a full turn more where the free
  /// place is before the oldest event.
  ///
  /// - Parameters:
  ///   - record: `nil`: there is none.
  ///   - contents: What the ring had, in whole pages.
  static func restore(
    _ record: AioRingEntry?, replacing contents: UnsafeRawBufferPointer
  ) throws(Failure) {
    let count = eventCount(byteCount: contents.count)
    guard let record, contents.count > headerByteCount, Int(record.ringLen) == contents.count,
      case let old = Header(contents), old.eventCount == count, old.tail < count, old.head < count
    else {
      throw Failure(
        "restore an AIO context", "a ring of \(contents.count) bytes, whose record says otherwise", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    var context = try AsynchronousIOContext.make(requestCount: record.nrReq)
    let ring = UnsafeMutableRawPointer(bitPattern: UInt(context.address))!
    guard Header(UnsafeRawBufferPointer(start: ring, count: headerByteCount)).eventCount == count else {
      throw Failure(
        "restore an AIO context", "this kernel makes another ring for \(record.nrReq) requests", .notSupported,
        remedy: "Restore on a machine with as many processors as the one of the dump.")
    }
    try advance(context, ring, head: old.head, tail: old.tail, eventCount: count)
    (ring + headerByteCount).copyMemory(
      from: contents.baseAddress! + headerByteCount, byteCount: contents.count - headerByteCount)
    try context.move(to: UInt64(UInt(bitPattern: contents.baseAddress!)), byteCount: contents.count)
  }

  private static func advance(
    _ context: AsynchronousIOContext, _ ring: UnsafeMutableRawPointer, head: Int, tail: Int, eventCount: Int
  ) throws(Failure) {
    let total = tail < head ? eventCount + tail : tail
    guard total > 0 else { return }
    let file = try SharedMemoryFile.create(name: "aio")
    var made = 0
    while made < total {
      made += try context.completeRequests(min(total - made, eventCount - 1), reading: file)
      // As if the program had taken them, which makes room.
      ring.storeBytes(of: UInt32(min(made, head)), toByteOffset: 8, as: UInt32.self)
    }
  }

  /// struct aio_ring of the kernel.
  private struct Header {
    let eventCount, head, tail: Int

    init(_ ring: UnsafeRawBufferPointer) {
      func word(_ index: Int) -> Int { Int(ring.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)) }
      (eventCount, head, tail) = (word(1), word(2), word(3))
    }
  }
}
