public import Linux
public import Streams

/// Images from a streamer: criu-image-streamer, ours, or a helper of ours that reads shards.
///
/// Whoever opens an image reads it to its end before anything else is opened, in whatever process: one connection
/// serves the engine and every process cloned from it, and gives one image after another.
public final class StreamerSource: ImageSequence {
  public static let abilities: Abilities = [.ordered]
  public var abilities: Abilities { StreamerSource.abilities }
  private let peer: StreamerPeer

  public init(_ peer: StreamerPeer) { self.peer = peer }

  public func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { try open(anyOf: [name])?.reader }

  public func open(anyOf names: [ImageName]) throws(Failure) -> (name: ImageName, reader: any ImageReader)? {
    try peer.request(names[0], others: Array(names.dropFirst()))
    guard let index = try peer.receiveReply(nameCount: names.count) else {
      // Upstream's streamer knows of one name at a time.
      return names.count > 1 ? try open(anyOf: Array(names.dropFirst())) : nil
    }
    return (names[index], try receive(names[index]))
  }

  /// The image that comes next, for who reads a stream without knowing what is in it.
  ///
  /// - Throws: `EOPNOTSUPP` the streamer is not ours.
  public func next() throws(Failure) -> (name: ImageName, reader: any ImageReader)? {
    try peer.requestNext()
    guard let name = try peer.receiveNext() else { return nil }
    return (name, try receive(name))
  }

  private func receive(_ name: ImageName) throws(Failure) -> any ImageReader {
    let ends = try makePipe()
    let reading = OwnedFD(adopting: ends.read)
    let writing = OwnedFD(adopting: ends.write)
    try peer.pass(writing.borrowed(), for: name)
    return StreamerReader(adopting: reading, name: name)
  }

  /// Asks for an image that no set has: the answer shows that the streamer has seen the whole stream and found it whole.
  public func finish() throws(Failure) {
    let never = ImageName("pagemap-end.img")!
    guard try open(never) == nil else {
      throw Failure("end the stream", "there is a \(never)", .badMessage, remedy: "Restore from a set of images.")
    }
  }
}

/// One image from a pipe.
final class StreamerReader: ImageReader {
  private let pipe: OwnedFD
  private let name: ImageName

  init(adopting pipe: consuming OwnedFD, name: ImageName) {
    self.pipe = pipe
    self.name = name
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try call { File.read($0, into: buffer) }
  }

  /// What memory is fresh in the buffers is brought in just before it is read into, as little at a time as the cache of
  /// a processor holds.
  func readFully(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) -> Int {
    var total = 0
    for part in parts(of: buffers, byteCount: StreamerReader.partByteCount) {
      for buffer in part where buffer.count >= StreamerReader.broughtInByteCount { bringInPages(of: buffer) }
      let count = try fill(part) { (vectors) throws(Failure) in try call { File.read($0, into: vectors) } }
      total += count
      if count < part.reduce(0, { $0 + $1.count }) { break }
    }
    return total
  }

  private static let partByteCount = 256 << 10
  /// A call costs as much as the faults of two or three pages.
  private static let broughtInByteCount = 4 * pageSize

  private func call(_ read: (CInt) -> Int) throws(Failure) -> Int {
    try pipe.withRaw { (pipe: CInt) throws(Failure) in
      try check("read the image", name.description, remedy: "See the streamer's error.") { read(pipe) }
    }
  }
}
