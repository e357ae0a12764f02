internal import Linux
internal import Streams

/// A streamer in another process: each image goes into a pipe of its own, whose far end the streamer got.
final class StreamerTarget: StreamTarget {
  private var peer: StreamerPeer?
  private var pipes: [ImageName: OpenPipe] = [:]

  /// A descriptor that can be kept in a dictionary.
  private final class OpenPipe {
    let descriptor: OwnedFD
    init(_ descriptor: consuming OwnedFD) { self.descriptor = descriptor }
  }

  init(_ peer: StreamerPeer) { self.peer = peer }

  func begin(_ image: ImageName, onlyBulkFollows: Bool) throws(Failure) {
    guard let peer else { throw gone(image, .brokenPipe) }
    let ends = try makePipe()
    let reading = OwnedFD(adopting: ends.read)
    pipes[image] = OpenPipe(OwnedFD(adopting: ends.write))
    try peer.request(image, onlyBulkFollows: onlyBulkFollows)
    try peer.pass(reading.borrowed(), for: image)
  }

  func write(_ image: ImageName, _ bytes: UnsafeRawBufferPointer) throws(Failure) {
    guard let pipe = pipes[image] else { throw gone(image, .badDescriptor) }
    let borrowed = pipe.descriptor.borrowed()
    try ByteMove(from: borrowed, to: borrowed) { [self] _, _, errno in gone(image, errno) }.write(bytes)
  }

  func splice(_ image: ImageName, from pipe: BorrowedFD, byteCount: Int) throws(Failure) {
    guard let target = pipes[image] else { throw gone(image, .badDescriptor) }
    var move = ByteMove(from: pipe, to: target.descriptor.borrowed()) { [self] _, _, errno in gone(image, errno) }
    guard try move.run(byteCount: byteCount) == byteCount else {
      throw Failure(
        "read what goes into the stream", image.description, .brokenPipe,
        remedy: "The task that gave it has ended: look for its error, then dump again.")
    }
  }

  func end(_ image: ImageName) throws(Failure) { pipes[image] = nil }

  /// The streamer ends the set when nobody can open another image.
  func commit() throws(Failure) { peer = nil }

  func abandon() {
    // A streamer that is gone needs no telling.
    do throws(Failure) { try peer?.sendAbort() } catch {}
    pipes = [:]
    peer = nil
  }

  private func gone(_ image: ImageName, _ errno: Errno) -> Failure {
    Failure(
      "give the image to the streamer", image.description, errno,
      remedy: "The streamer has ended: look for its error, then dump again.")
  }
}
