internal import Images
public import Linux
public import Streams

/// One end of the connection between an engine and a streamer, in the protocol of criu-image-streamer: a u32 with the
/// size of a message, the message, and for each image that is opened the end of a pipe.
public final class StreamerPeer {
  private let socket: OwnedFD
  private let name: String

  /// Messages are smaller than this.
  private static let byteCountLimit = 10_240

  /// - Parameter name: The socket, for messages.
  public init(adopting socket: consuming OwnedFD, name: String) {
    self.socket = socket
    self.name = name
  }

  /// Where the socket of a streamer lies.
  public enum Purpose: String, Sendable {
    case capture = "streamer-capture.sock"
    case serve = "streamer-serve.sock"
  }

  /// Connects to the streamer that waits in a directory.
  public static func connect(_ purpose: Purpose, in directory: String) throws(Failure) -> StreamerPeer {
    let path = "\(directory)/\(purpose.rawValue)"
    let socket = try makeSocket(family: SocketAddress.unixFamily, type: 1)
    do throws(Failure) {
      try withAddress(purpose, in: directory) { (address) throws(Failure) in
        try socket.borrowed().connect(to: address, path)
      }
    } catch {
      throw Failure(
        "connect to the streamer", path, error.errno,
        remedy: "Start criu-image-streamer --images-dir \(directory) \(purpose) first, and wait for its line socket-init.")
    }
    return StreamerPeer(adopting: socket, name: path)
  }

  /// Waits in a directory for an engine. One that is there already goes.
  public static func listen(_ purpose: Purpose, in directory: String) throws(Failure) -> Listener {
    let path = "\(directory)/\(purpose.rawValue)"
    try FilePath(path).unlink()
    let socket = try makeSocket(family: SocketAddress.unixFamily, type: 1)
    try withAddress(purpose, in: directory) { (address) throws(Failure) in
      try socket.borrowed().bind(to: address, path)
    }
    try socket.borrowed().listen(backlog: 1, path)
    return Listener(socket: socket, path: path)
  }

  public struct Listener: ~Copyable {
    let socket: OwnedFD
    let path: String

    /// The one connection; nobody else can make one after it.
    public consuming func accept() throws(Failure) -> StreamerPeer {
      StreamerPeer(adopting: try socket.borrowed().accept(path), name: path)
    }
  }

  /// A path that is longer than `sun_path` is reached through a descriptor of the directory.
  private static func withAddress(
    _ purpose: Purpose, in directory: String, _ body: (SocketAddress) throws(Failure) -> Void
  ) throws(Failure) {
    let path = "\(directory)/\(purpose.rawValue)"
    guard path.utf8.count >= 108 else { return try body(.unix(Array(path.utf8) + [0])) }
    let opened = OwnedFD(
      adopting: CInt(
        try check("open the directory", directory, remedy: "Make it first, or name another with --images-dir.") {
          File.open(directory, [.readOnly, .directory])
        }))
    try body(.unix(Array("/proc/self/fd/\(opened.borrowed().raw)/\(purpose.rawValue)".utf8) + [0]))
  }

  var descriptor: BorrowedFD { socket.borrowed() }

  // MARK: The engine

  /// - Parameters:
  ///   - others: Any of these will do as well. A streamer of ours says which one it gives; upstream's passes over them,
  ///     and tells of `image` alone.
  ///   - onlyBulkFollows: This image and all that are requested after it are of the bulk. Upstream's passes over this.
  func request(_ image: ImageName, others: [ImageName] = [], onlyBulkFollows: Bool = false) throws(Failure) {
    try send(
      ImgStreamerRequestEntry {
        $0.filename = image.description
        $0.otherFilenames = others.map(\.description)
        if onlyBulkFollows { $0.onlyBulkFollows = true }
      }.encoded())
  }

  /// Asks for the image that comes next, whatever it is. Only a streamer of ours gives it.
  func requestNext() throws(Failure) { try send(ImgStreamerRequestEntry { $0.filename = "" }.encoded()) }

  /// - Returns: `nil` at the end of the stream.
  func receiveNext() throws(Failure) -> ImageName? {
    guard let message = try receive() else { throw lost(.brokenPipe) }
    guard let text = try ImgStreamerReplyEntry(decoding: message.span.bytes).next else {
      throw Failure(
        "list the images of the stream", name, .notSupported,
        remedy: "Only our own streamer lists them: give the shards themselves with --shard-fds.")
    }
    if text.isEmpty { return nil }
    guard let image = ImageName(text) else { throw wrong("an image \(text)") }
    return image
  }

  /// Ends the connection so that the streamer sees that it did not end well: no message is that large.
  func sendAbort() throws(Failure) {
    let size: [UInt8] = [0xff, 0xff, 0xff, 0xff]
    try write(size)
  }

  func pass(_ pipe: BorrowedFD, for image: ImageName) throws(Failure) {
    try descriptor.pass(pipe, "the pipe of \(image) to \(name)")
  }

  /// - Returns: Which of the names that were asked for there is, counted from 0; `nil` for none.
  func receiveReply(nameCount: Int = 1) throws(Failure) -> Int? {
    guard let message = try receive() else { throw lost(.brokenPipe) }
    let reply = try ImgStreamerReplyEntry(decoding: message.span.bytes)
    guard reply.exists else { return nil }
    let index = Int(reply.other ?? 0)
    guard index < nameCount else { throw wrong("image \(index) of \(nameCount)") }
    return index
  }

  // MARK: The streamer

  public struct Request {
    /// Any of these will do; none for whatever comes next.
    public let images: [ImageName]
    /// This one and all that are requested after it are of the bulk.
    public let onlyBulkFollows: Bool
  }

  /// - Returns: `nil` when the engine has closed the connection.
  public func receiveRequest() throws(Failure) -> Request? {
    guard let message = try receive() else { return nil }
    let request = try ImgStreamerRequestEntry(decoding: message.span.bytes)
    if request.filename.isEmpty, request.otherFilenames.isEmpty { return Request(images: [], onlyBulkFollows: false) }
    var images: [ImageName] = []
    for text in [request.filename] + request.otherFilenames {
      guard let image = ImageName(text) else {
        throw Failure("understand a request", "\(name): \(text)", .badMessage, remedy: "An image is a plain file name.")
      }
      images.append(image)
    }
    return Request(images: images, onlyBulkFollows: request.onlyBulkFollows == true)
  }

  /// - Parameter index: Which of the names that were asked for there is; `nil` for none.
  public func reply(_ index: Int?) throws(Failure) {
    try send(
      ImgStreamerReplyEntry {
        $0.exists = index != nil
        if let index, index > 0 { $0.other = UInt32(index) }
      }.encoded())
  }

  /// - Parameter next: The image that comes next; `nil` at the end of the stream.
  public func reply(next: ImageName?) throws(Failure) {
    try send(
      ImgStreamerReplyEntry {
        $0.exists = next != nil
        $0.next = next?.description ?? ""
      }.encoded())
  }

  /// The end of a pipe for an image, made as large as is allowed.
  ///
  /// - Parameter byteCount: Wanted size.
  public func receivePipe(for image: ImageName, byteCount: Int = 1 << 20) throws(Failure) -> OwnedFD {
    let pipe = try descriptor.receiveDescriptor("the pipe of \(image) from \(name)")
    do throws(Failure) { try pipe.borrowed().setPipeCapacity(byteCount, image.description) } catch {}  // limits
    return pipe
  }

  // MARK: Messages

  private func send(_ message: [UInt8]) throws(Failure) {
    try write((0..<4).map { UInt8(truncatingIfNeeded: message.count >> ($0 * 8)) } + message)
  }

  private func write(_ bytes: [UInt8]) throws(Failure) {
    do throws(Failure) { try descriptor.write(bytes.span.bytes, name) } catch { throw lost(error.errno) }
  }

  /// - Returns: `nil` at the end of the connection.
  private func receive() throws(Failure) -> [UInt8]? {
    let size = try read(4)
    if size.isEmpty { return nil }
    let byteCount = size.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size.count == 4, byteCount < StreamerPeer.byteCountLimit else { throw wrong("a message of \(byteCount) bytes") }
    let message = try read(byteCount)
    guard message.count == byteCount else { throw wrong("it ends within a message") }
    return message
  }

  private func read(_ byteCount: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < byteCount {
      var piece = [UInt8](repeating: 0, count: byteCount - bytes.count)
      let count: Int
      do throws(Failure) { count = try descriptor.read(into: &piece, name) } catch { throw lost(error.errno) }
      if count == 0 { break }
      bytes += piece[..<count]
    }
    return bytes
  }

  private func wrong(_ what: String) -> Failure {
    Failure(
      "understand the far end", "\(name): \(what)", .badMessage,
      remedy: "It gave up, or does not speak the protocol of criu-image-streamer: look for its error.")
  }

  private func lost(_ errno: Errno) -> Failure {
    Failure("talk to the far end", name, errno, remedy: "The program at the other end has ended: look for its error.")
  }
}
