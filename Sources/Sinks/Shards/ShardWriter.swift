public import Linux
public import Streams

/// Writes images into shards: each piece, with its marker, goes to the shard with the most free room, so that a slow one
/// holds up no other.
public final class ShardWriter {
  public let shards: [Shard]
  /// Free bytes of each pipe when last asked, less what was written since.
  private var rooms: [Int]
  /// Of each shard that is a pipe; all are given one size.
  private let capacity: Int
  private var sequence: UInt64 = 0
  private var current: ImageName?
  /// Of the images that are under way and carry a checksum.
  private var hashes: [ImageName: XXHash64] = [:]

  /// At most this much a piece. A quarter of the pipe less a page for the marker: three others are on their way while
  /// one is written.
  public let pieceByteCount: Int

  private static let wantedCapacity = 1 << 20
  private static let pageByteCount = 4096

  /// - Parameter shards: One or more.
  public init(_ shards: [Shard]) throws(Failure) {
    self.shards = shards
    capacity = try ShardWriter.equalCapacity(of: shards)
    pieceByteCount = max(capacity / 4 - ShardWriter.pageByteCount, ShardWriter.pageByteCount)
    rooms = shards.map { _ in 0 }
  }

  /// The kernel allows an ordinary user so much in all pipes together (pipe-user-pages-soft).
  private static func equalCapacity(of shards: [Shard]) throws(Failure) -> Int {
    var wanted = wantedCapacity
    while true {
      do throws(Failure) {
        for shard in shards where shard.isPipe { try shard.borrowed.setPipeCapacity(wanted, shard.name) }
        return wanted
      } catch {
        guard error.errno == .notPermitted, wanted > pageByteCount else { throw error }
        wanted /= 2
      }
    }
  }

  // MARK: Images

  /// - Parameter onlyBulkFollows: This image and all that come after it are of the bulk.
  public func begin(_ image: ImageName, onlyBulkFollows: Bool = false) throws(Failure) {
    current = image
    if image.carriesChecksum, hashes[image] == nil { hashes[image] = XXHash64() }
    _ = try put(.image(image), payload: 0, onlyBulkFollows: onlyBulkFollows)
  }

  public func write(_ image: ImageName, _ bytes: UnsafeRawBufferPointer) throws(Failure) {
    try resume(image)
    hashes[image]?.update(bytes)
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, pieceByteCount)
      let shard = try put(.data(count), payload: count)
      try write(UnsafeRawBufferPointer(rebasing: bytes[done..<done + count]), to: shard)
      done += count
    }
  }

  /// Moves bytes of a pipe without copying them, unless the image carries a checksum.
  ///
  /// - Parameters:
  ///   - pipe: The call waits until the bytes come.
  ///   - byteCount: 1 or more.
  public func splice(_ image: ImageName, from pipe: BorrowedFD, byteCount: Int) throws(Failure) {
    if image.carriesChecksum { return try copy(image, from: pipe, byteCount: byteCount) }
    try resume(image)
    var left = byteCount
    while left > 0 {
      let count = min(left, pieceByteCount)
      let shard = try put(.data(count), payload: count)
      var move = ByteMove(from: pipe, to: shard.borrowed) { side, attempted, errno in
        side == .to ? shard.writeFailure(errno) : ShardWriter.missing(image, attempted, errno)
      }
      let moved = try move.run(byteCount: count)
      shard.byteCount += moved
      guard moved == count else { throw ShardWriter.missing(image, "read", .brokenPipe) }
      left -= count
    }
  }

  private func copy(_ image: ImageName, from pipe: BorrowedFD, byteCount: Int) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(byteCount, pieceByteCount), alignment: 16)
    defer { buffer.deallocate() }
    let move = ByteMove(from: pipe, to: pipe) { _, attempted, errno in ShardWriter.missing(image, attempted, errno) }
    var left = byteCount
    while left > 0 {
      let count = try move.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(left)))
      guard count > 0 else { throw ShardWriter.missing(image, "read", .brokenPipe) }
      try write(image, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      left -= count
    }
  }

  public func end(_ image: ImageName) throws(Failure) {
    try resume(image)
    _ = try put(.imageEnd, payload: 0, checksum: hashes.removeValue(forKey: image)?.value)
    current = nil
  }

  /// All images are complete. Nothing may follow.
  public func endSet() throws(Failure) { _ = try put(.setEnd, payload: 0) }

  private func resume(_ image: ImageName) throws(Failure) {
    if current != image { try begin(image) }
  }

  private static func missing(_ image: ImageName, _ attempted: String, _ errno: Errno) -> Failure {
    Failure(
      "\(attempted) what goes into the stream", image.description, errno,
      remedy: "Whoever gave the image has ended: look for its error, then dump again.")
  }

  // MARK: Shards

  /// - Returns: The shard that the marker went to, where its payload must follow.
  private func put(
    _ body: ShardMarker.Body, payload: Int, onlyBulkFollows: Bool = false, checksum: UInt64? = nil
  ) throws(Failure) -> Shard {
    var marker = ShardMarker(sequence: sequence, body: body)
    marker.onlyBulkFollows = onlyBulkFollows
    marker.checksum = checksum
    sequence += 1
    let bytes = marker.encoded()
    let index = try roomiest(for: payload + ShardWriter.pageByteCount)
    rooms[index] -= payload + ShardWriter.pageByteCount
    try withBytes(of: bytes) { (bytes) throws(Failure) in try write(bytes, to: shards[index]) }
    return shards[index]
  }

  private func roomiest(for byteCount: Int) throws(Failure) -> Int {
    guard shards.count > 1 else { return 0 }
    var best = rooms.indices.max { rooms[$0] < rooms[$1] }!
    if rooms[best] >= byteCount { return best }
    for (index, shard) in shards.enumerated() {
      rooms[index] = shard.isPipe ? capacity - (try shard.borrowed.readableByteCount(shard.name)) : capacity
    }
    best = rooms.indices.max { rooms[$0] < rooms[$1] }!
    return best
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to shard: Shard) throws(Failure) {
    let move = ByteMove(from: shard.borrowed, to: shard.borrowed) { _, _, errno in shard.writeFailure(errno) }
    try move.write(bytes)
    shard.byteCount += bytes.count
  }
}
