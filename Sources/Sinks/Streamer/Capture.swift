public import Linux
internal import Streams

/// The streamer's side of a dump: takes the images that an engine gives, each in a pipe of its own, and moves them into
/// shards as they come. Bytes are not copied.
public final class Capture {
  private struct Input {
    let name: ImageName
    let pipe: BorrowedFD
  }

  private let writer: ShardWriter
  private let peer: StreamerPeer
  private var inputs: [Input] = []
  private var seen: Set<ImageName> = []
  private var images: Set<ImageName> = []
  private var isConnected = true
  /// The mark that only the bulk follows was written.
  private var marked = false

  /// - Parameter external: Images beside those of the engine, read from their pipes to the end.
  public init(from peer: StreamerPeer, external: [ExternalFile] = [], to writer: ShardWriter) {
    self.peer = peer
    self.writer = writer
    for file in external {
      seen.insert(file.name)
      inputs.append(Input(name: file.name, pipe: BorrowedFD(CInt(file.releasedPipe()))))
    }
  }

  deinit { for input in inputs { input.pipe.close() } }

  /// Runs until the engine has left and every image has ended, then ends the set.
  ///
  /// - Parameter started: Called at the first image of a dump.
  /// - Throws: `ECANCELED` the engine left before its inventory. The shards then have no end of the set, so that nobody
  ///   takes them for whole.
  public func run(started: () -> Void) throws(Failure) {
    var hasStarted = false
    while isConnected || !inputs.isEmpty {
      let polled = (isConnected ? [PollEntry(peer.descriptor, .reading)] : []) + inputs.map { PollEntry($0.pipe, .reading) }
      let ready = try waitReady(polled)
      let readyInputs = zip(inputs, ready.suffix(inputs.count)).filter(\.1).map(\.0)
      for input in readyInputs { try take(input) }
      if isConnected, ready[0] {
        guard let request = try peer.receiveRequest() else {
          isConnected = false
          continue
        }
        guard let name = request.images.first else {
          throw Failure(
            "take an image", "one without a name", .badMessage,
            remedy: "The program at the other end wants to read: give it a streamer that serves.")
        }
        if !hasStarted, name != Capture.processorImage {
          hasStarted = true
          started()
        }
        try add(name, onlyBulkFollows: request.onlyBulkFollows)
      }
    }
    guard images.isSubset(of: [Capture.processorImage]) || images.contains(Capture.inventory) else {
      throw Failure(
        "end the stream", "there is no \(Capture.inventory)", .canceled,
        remedy: "The dump has failed: look for its error, then dump again.")
    }
    try writer.endSet()
  }

  private func add(_ name: ImageName, onlyBulkFollows: Bool) throws(Failure) {
    let pipe = try peer.receivePipe(for: name)
    guard seen.insert(name).inserted else {
      throw Failure("take the image", name.description, .exists, remedy: "It came before: an engine gives each once.")
    }
    images.insert(name)
    if onlyBulkFollows, !marked {
      marked = true
      // What was asked for before may still wait in its pipe: it has begun when the mark comes.
      for input in inputs { try writer.begin(input.name) }
      try writer.begin(name, onlyBulkFollows: true)
    }
    inputs.append(Input(name: name, pipe: BorrowedFD(pipe.release())))
  }

  private func take(_ input: Input) throws(Failure) {
    let byteCount = try input.pipe.readableByteCount(input.name.description)
    guard byteCount == 0 else { return try writer.splice(input.name, from: input.pipe, byteCount: byteCount) }
    try writer.end(input.name)
    inputs.removeAll { $0.name == input.name }
    input.pipe.close()
  }

  private static let inventory = ImageName("inventory.img")!
  private static let processorImage = ImageName("cpuinfo.img")!
}
