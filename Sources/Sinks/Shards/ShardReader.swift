public import Linux
public import Streams

/// Reads what the shards of a stream hold, in the order in which it was written, whatever shard each piece is in and
/// however large it is. All that cannot be is a `Failure` that names shard and byte.
public final class ShardReader {
  public enum Event: Equatable {
    /// The image begins.
    case began(ImageName)
    /// So many bytes of it come next: take them with `move`, `read` or `skip`.
    case data(ImageName, byteCount: Int)
    /// It is complete.
    case ended(ImageName)
    /// All images are complete.
    case setEnded
  }

  private struct Pending {
    let marker: ShardMarker
    let shard: Int
  }

  public let shards: [Shard]
  /// All images have begun but those of the bulk.
  public private(set) var onlyBulkFollows = false
  /// `setEnded` was returned.
  public private(set) var hasEnded = false
  private var pending: [Pending] = []
  private var isAtEnd: [Bool]
  private var sequence: UInt64 = 0
  private var current: ImageName?
  private var unfinished: Set<ImageName> = []
  private var finished: Set<ImageName> = []
  /// Of the unfinished images that may carry a checksum.
  private var hashes: [ImageName: XXHash64] = [:]
  /// Where payload is to be read, and how much.
  private var payloadShard: Shard?
  public private(set) var payloadByteCount = 0

  /// - Parameter shards: One or more, in any order.
  public init(_ shards: [Shard]) {
    self.shards = shards
    isAtEnd = shards.map { _ in false }
    for shard in shards { shard.grow(to: 512 << 10) }
  }

  /// Waits for what comes next.
  public func next() throws(Failure) -> Event {
    if payloadByteCount > 0 { try skip() }
    while true {
      let found = try nextPending()
      let shard = shards[found.shard]
      if found.marker.onlyBulkFollows { onlyBulkFollows = true }
      switch found.marker.body {
      case .image(let name):
        guard !finished.contains(name) else { throw shard.damage("\(name) comes twice") }
        if onlyBulkFollows, !name.isBulk, !unfinished.contains(name) {
          throw shard.damage("\(name) comes after the mark that all records have come")
        }
        current = name
        guard unfinished.insert(name).inserted else { continue }
        if name.carriesChecksum { hashes[name] = XXHash64() }
        return .began(name)
      case .data(let byteCount):
        guard let current else { throw shard.damage("bytes that belong to no image") }
        guard byteCount > 0 else { continue }
        payloadShard = shard
        payloadByteCount = byteCount
        return .data(current, byteCount: byteCount)
      case .imageEnd:
        guard let ended = current else { throw shard.damage("the end of no image") }
        if let hash = hashes.removeValue(forKey: ended), let checksum = found.marker.checksum, hash.value != checksum {
          throw shard.damage("the checksum of \(ended) differs")
        }
        unfinished.remove(ended)
        finished.insert(ended)
        current = nil
        return .ended(ended)
      case .setEnd:
        if let name = unfinished.first { throw shard.damage("the set ends before the end of \(name)") }
        guard pending.isEmpty else { throw shard.damage("the set ends, and marker \(pending[0].marker.sequence) comes after") }
        hasEnded = true
        return .setEnded
      }
    }
  }

  /// After the end of the set: waits for the end of each shard.
  public func finish() throws(Failure) {
    for (index, shard) in shards.enumerated() where !isAtEnd[index] {
      let count = try gather(1, from: shard).count
      guard count == 0 else { throw shard.damage("bytes after the end of the set") }
      end(index)
    }
  }

  // MARK: Payload

  /// Gives the rest of the payload to `target`.
  ///
  /// - Parameter failure: What is thrown when `target` does not take it. What was not taken can be skipped.
  public func move(to target: BorrowedFD, failure: @escaping (Errno) -> Failure) throws(Failure) {
    guard let shard = payloadShard else { return }
    var move = ByteMove(from: shard.borrowed, to: target) { side, _, errno in
      side == .to ? failure(errno) : shard.readFailure(errno)
    }
    guard !isSummed else { return try readPayload { [move] (piece) throws(Failure) in try move.write(piece) } }
    defer {
      shard.byteCount += move.taken
      payloadByteCount -= move.taken
    }
    let moved = try move.run(byteCount: payloadByteCount)
    guard moved == payloadByteCount else { throw shard.damage("it ends \(payloadByteCount - moved) bytes too early") }
  }

  /// Gives the rest of the payload to an image.
  func move(to stream: any ImageStream) throws(Failure) {
    guard let shard = payloadShard, payloadByteCount > 0 else { return }
    guard !isSummed else { return try readPayload { (piece) throws(Failure) in try stream.write(piece.bytes) } }
    let byteCount = payloadByteCount
    do throws(Failure) { try stream.splice(from: shard.descriptor, byteCount: byteCount) } catch {
      // The end of what is spliced shows as a broken pipe.
      throw error.errno == .brokenPipe ? cut(shard) : error
    }
    shard.byteCount += byteCount
    payloadByteCount = 0
  }

  /// The rest of the payload.
  public func read() throws(Failure) -> [UInt8] {
    guard let shard = payloadShard else { return [] }
    let bytes = try gather(payloadByteCount, from: shard)
    payloadByteCount -= bytes.count
    bytes.withUnsafeBytes { sum($0) }
    guard payloadByteCount == 0 else { throw cut(shard) }
    return bytes
  }

  public func skip() throws(Failure) { try readPayload { _ in } }

  /// Gives the rest of the payload to `body`, in pieces, and sums it up.
  private func readPayload(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    guard let shard = payloadShard else { return }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: min(payloadByteCount, 128 << 10), alignment: 16)
    defer { scratch.deallocate() }
    while payloadByteCount > 0 {
      let count = try read(shard, into: UnsafeMutableRawBufferPointer(rebasing: scratch.prefix(payloadByteCount)))
      guard count > 0 else { throw cut(shard) }
      payloadByteCount -= count
      let piece = UnsafeRawBufferPointer(rebasing: scratch[..<count])
      sum(piece)
      try body(piece)
    }
  }

  private var isSummed: Bool { current.map { hashes[$0] != nil } ?? false }

  private func sum(_ piece: UnsafeRawBufferPointer) {
    if let current { hashes[current]?.update(piece) }
  }

  private func cut(_ shard: Shard) -> Failure { shard.damage("it ends \(payloadByteCount) bytes too early") }

  // MARK: Markers

  /// The marker whose turn it is.
  private func nextPending() throws(Failure) -> Pending {
    while true {
      if let index = pending.firstIndex(where: { $0.marker.sequence == sequence }) {
        sequence += 1
        return pending.remove(at: index)
      }
      try readMarkers()
    }
  }

  /// Reads one marker of each shard that has one and is not waited for.
  private func readMarkers() throws(Failure) {
    let open = shards.indices.filter { index in !isAtEnd[index] && !pending.contains { $0.shard == index } }
    guard !open.isEmpty else {
      if shards.allSatisfy({ $0.byteCount == 0 }) { throw Shard.nothingCame(shards) }
      throw (pending.first.map { shards[$0.shard] } ?? shards[0]).damage(
        "marker \(sequence) is in none of the \(shards.count) shards")
    }
    let ready = open.count == 1 ? [true] : try waitReady(open.map { PollEntry(shards[$0].borrowed, .reading) })
    for (index, isReady) in zip(open, ready) where isReady {
      guard let marker = try readMarker(shards[index]) else {
        end(index)
        continue
      }
      guard marker.sequence >= sequence else { throw shards[index].damage("marker \(marker.sequence) comes twice") }
      pending.append(Pending(marker: marker, shard: index))
    }
  }

  private func end(_ index: Int) {
    isAtEnd[index] = true
    shards[index].endMicroseconds = monotonicMicroseconds()
  }

  /// - Returns: `nil` at the end of the shard.
  private func readMarker(_ shard: Shard) throws(Failure) -> ShardMarker? {
    let size = try gather(4, from: shard)
    if size.isEmpty { return nil }
    let byteCount = size.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size.count == 4 else { throw shard.damage("it ends within a marker") }
    guard byteCount < ShardMarker.byteCountLimit else { throw shard.damage("a marker of \(byteCount) bytes") }
    let message = try gather(byteCount, from: shard)
    guard message.count == byteCount else { throw shard.damage("it ends within a marker") }
    do throws(ShardMarker.Damage) { return try ShardMarker(decoding: message) } catch {
      throw shard.damage("a marker is wrong, \(error.text)")
    }
  }

  /// - Returns: Fewer bytes only at the end of the shard.
  private func gather(_ byteCount: Int, from shard: Shard) throws(Failure) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 16)
    defer { buffer.deallocate() }
    var done = 0
    while done < byteCount {
      let count = try read(shard, into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<byteCount]))
      if count == 0 { break }
      done += count
    }
    return [UInt8](buffer[..<done])
  }

  private func read(_ shard: Shard, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let move = ByteMove(from: shard.borrowed, to: shard.borrowed) { _, _, errno in shard.readFailure(errno) }
    let count = try move.read(into: buffer)
    shard.byteCount += count
    return count
  }
}

extension ImageName {
  /// What is large, and comes last in a stream of ours: removed files, archives of file systems, pagemaps and pages.
  var isBulk: Bool {
    ["pagemap-", "pages-", "ghost-file-", "tmpfs-"].contains { description.hasPrefix($0) }
  }

  /// Images of records, and small raw ones: summed up on their way. The others go by splice(2), which nobody looks at;
  /// compressed, they have checksums in themselves.
  var carriesChecksum: Bool { ImageKind.of(self) != nil && !ZstdFormat.compresses(self) }
}
