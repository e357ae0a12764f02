public import Linux
public import Streams

/// Where a stream of images goes: a streamer, or shards of our own.
protocol StreamTarget: AnyObject {
  /// - Parameter onlyBulkFollows: This image and all that begin after it are of the bulk.
  func begin(_ image: ImageName, onlyBulkFollows: Bool) throws(Failure)
  func write(_ image: ImageName, _ bytes: UnsafeRawBufferPointer) throws(Failure)
  func splice(_ image: ImageName, from pipe: BorrowedFD, byteCount: Int) throws(Failure)
  func end(_ image: ImageName) throws(Failure)
  /// All images are complete.
  func commit() throws(Failure)
  /// Lets the far end see that the stream is not whole.
  func abandon()
}

/// Images as a stream. What was written cannot be taken back: a set with an image that was begun and not finished is not
/// committed, and its reader finds it cut.
///
/// Pages that were spliced stay those of the dumped program until the reader has taken them. A program that runs on
/// after the dump must be read with copies.
public final class StreamSink: ImageSink {
  public let abilities: Abilities = [.ordered, .parent]
  public let pagesNumbers = PagesNumbers()

  private let target: any StreamTarget
  private enum State { case opened, begun, finished }
  private var images: [ImageName: State] = [:]
  private var onlyBulkFollows = false
  private var hasEnded = false

  init(_ target: any StreamTarget) { self.target = target }

  /// To a streamer in a directory (`--stream`).
  public convenience init(streamer: StreamerPeer) { self.init(StreamerTarget(streamer)) }

  /// To shards (`--shard-fds`).
  public convenience init(shards: [Shard]) throws(Failure) { self.init(ShardTarget(try ShardWriter(shards))) }

  public func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    guard !hasEnded, images[name] == nil else { throw misuse("open an image of a stream", name, .exists) }
    // A set whose inventory is there before its bulk was written in our order.
    let comesLast = name.isBulk && images[StreamSink.inventory] == .finished
    images[name] = .opened
    return StreamedImage(name, comesLast: comesLast, in: self, target)
  }

  public func commit() throws(Failure) {
    guard !hasEnded else { throw misuse("commit a set", ImageName("inventory.img")!, .invalid) }
    hasEnded = true
    if let (name, _) = images.first(where: { $0.value == .begun }) {
      target.abandon()
      throw misuse("commit a set with an image that is not finished", name, .invalid)
    }
    try target.commit()
  }

  public func abandon() {
    hasEnded = true
    target.abandon()
  }

  /// At the first byte of an image, or at a write of none.
  ///
  /// - Parameter comesLast: Only the bulk follows.
  func begin(_ name: ImageName, comesLast: Bool) throws(Failure) {
    if comesLast { onlyBulkFollows = true }
    guard !onlyBulkFollows || name.isBulk else { throw misuse("write an image after the bulk", name, .invalid) }
    images[name] = .begun
    try target.begin(name, onlyBulkFollows: onlyBulkFollows)
  }

  func finished(_ name: ImageName) { images[name] = .finished }

  private static let inventory = ImageName("inventory.img")!

  private func misuse(_ attempted: String, _ name: ImageName, _ errno: Errno) -> Failure {
    Failure(attempted, name.description, errno, remedy: "Report this with the log: the engine wrote a wrong image.")
  }
}

/// One image of a stream.
private final class StreamedImage: ImageStream {
  private let name: ImageName
  private let comesLast: Bool
  private let sink: StreamSink
  private let target: any StreamTarget
  private var isBegun = false

  init(_ name: ImageName, comesLast: Bool, in sink: StreamSink, _ target: any StreamTarget) {
    self.name = name
    self.comesLast = comesLast
    self.sink = sink
    self.target = target
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    try begin()
    guard bytes.byteCount > 0 else { return }
    try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Failure) in try target.write(name, bytes) }
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    try begin()
    try target.splice(name, from: pipe.borrowed(), byteCount: byteCount)
  }

  func finish() throws(Failure) {
    if isBegun { try target.end(name) }
    sink.finished(name)
  }

  private func begin() throws(Failure) {
    guard !isBegun else { return }
    isBegun = true
    try sink.begin(name, comesLast: comesLast)
  }
}

/// Shards that this process writes itself.
private final class ShardTarget: StreamTarget {
  private var writer: ShardWriter?

  init(_ writer: ShardWriter) { self.writer = writer }

  func begin(_ image: ImageName, onlyBulkFollows: Bool) throws(Failure) {
    try going().begin(image, onlyBulkFollows: onlyBulkFollows)
  }

  func write(_ image: ImageName, _ bytes: UnsafeRawBufferPointer) throws(Failure) { try going().write(image, bytes) }

  func splice(_ image: ImageName, from pipe: BorrowedFD, byteCount: Int) throws(Failure) {
    try going().splice(image, from: pipe, byteCount: byteCount)
  }

  func end(_ image: ImageName) throws(Failure) { try going().end(image) }

  func commit() throws(Failure) {
    try going().endSet()
    writer = nil  // its shards end
  }

  func abandon() { writer = nil }

  private func going() throws(Failure) -> ShardWriter {
    guard let writer else {
      throw Failure("write the stream", "it has ended", .brokenPipe, remedy: "Report this with the log.")
    }
    return writer
  }
}
