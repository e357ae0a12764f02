public import Linux
public import Streams

/// Gives the images of a stream to whoever asks for them, as the stream arrives. What is asked for in the order in which
/// it comes goes from the shard to the asker without being copied or kept.
public final class ShardFeeder {
  private let reader: ShardReader
  private let kept: KeptImages
  private var external: [ImageName: ExternalFile]
  private var edit: (name: ImageName, change: ([UInt8]) throws(Failure) -> [UInt8])?
  private var given: Set<ImageName> = []

  /// - Parameters:
  ///   - external: Images that are not kept for askers, but go to a pipe as they come.
  ///   - temporaryDirectory: Where what comes too early is kept when it is much.
  public init(_ reader: ShardReader, external: [ExternalFile] = [], temporaryDirectory: String) {
    self.reader = reader
    kept = KeptImages(directory: temporaryDirectory)
    self.external = [:]
    for file in external { self.external[file.name] = file }
  }

  /// Whether more came too early than fits in memory.
  public var usesFile: Bool { kept.usesFile }

  /// Changes one image, which is then given only when it is whole.
  public func edit(_ name: ImageName, _ change: @escaping ([UInt8]) throws(Failure) -> [UInt8]) {
    edit = (name, change)
  }

  // MARK: Giving

  /// Answers until the asker leaves. An image can be asked for once; one that does not exist, as often as one likes.
  public func serve(_ asker: StreamerPeer) throws(Failure) {
    while let names = try asker.receiveRequest()?.images {
      guard !names.isEmpty else {
        let next = try findNext()
        try asker.reply(next: next)
        if let next { try give(next, to: asker) }
        continue
      }
      if let name = names.first(where: { given.contains($0) }) {
        throw Failure(
          "give the image", name.description, .exists, remedy: "A stream gives each image once: ask for it only once.")
      }
      let index = try find(names)
      try asker.reply(index)
      if let index { try give(names[index], to: asker) }
    }
  }

  private func give(_ name: ImageName, to asker: StreamerPeer) throws(Failure) {
    given.insert(name)
    let pipe = try asker.receivePipe(for: name)
    try give(name, to: pipe)
  }

  /// Reads on until one of the images has begun.
  ///
  /// - Returns: Its index; `nil` when none comes any more.
  private func find(_ names: [ImageName]) throws(Failure) -> Int? {
    while true {
      if let index = names.firstIndex(where: { kept.contains($0) }) {
        try prepareToGive(names[index])
        return index
      }
      if reader.hasEnded || reader.onlyBulkFollows && !names.contains(where: \.isBulk) { return nil }
      try readOn()
    }
  }

  /// Reads on until something has begun that was not given yet.
  ///
  /// - Returns: `nil` when all was given, and every shard has ended.
  private func findNext() throws(Failure) -> ImageName? {
    while true {
      if let name = kept.first {
        try prepareToGive(name)
        return name
      }
      guard !reader.hasEnded else {
        try reader.finish()
        return nil
      }
      try readOn()
    }
  }

  /// What is changed is given when it is whole.
  private func prepareToGive(_ name: ImageName) throws(Failure) {
    guard let edit, edit.name == name else { return }
    while !kept.isWhole(name) { try readOn() }
  }

  private func give(_ name: ImageName, to pipe: borrowing OwnedFD) throws(Failure) {
    let gone = { (errno: Errno) in
      Failure("give the image", name.description, errno, remedy: "The reader ended: look for its error.")
    }
    let borrowed = pipe.borrowed()
    let write = ByteMove(from: borrowed, to: borrowed) { _, _, errno in gone(errno) }
    let isWhole = kept.isWhole(name)
    do throws(Failure) {
      if let edit, edit.name == name {
        var bytes: [UInt8] = []
        try kept.take(name) { (piece) throws(Failure) in bytes += piece }
        bytes = try edit.change(bytes)
        try withBytes(of: bytes) { (bytes) throws(Failure) in try write.write(bytes) }
      } else {
        try kept.take(name) { (piece) throws(Failure) in try write.write(piece) }
      }
      if !isWhole { try forward(name, to: borrowed, gone) }
    } catch {
      // A reader that does not want the rest (CRIU 4.2 and its nftables image) gets the next image all the same.
      guard error.errno == .brokenPipe, error.subject == name.description else { throw error }
      if !isWhole { try passOver(name) }
    }
  }

  /// The rest of an image that is still arriving.
  private func forward(_ name: ImageName, to pipe: BorrowedFD, _ gone: @escaping (Errno) -> Failure) throws(Failure) {
    while true {
      let event = try reader.next()
      switch event {
      case .data(name, _): try reader.move(to: pipe, failure: gone)
      case .ended(name): return
      default: try keep(event)
      }
    }
  }

  private func passOver(_ name: ImageName) throws(Failure) {
    while true {
      let event = try reader.next()
      switch event {
      case .data(name, _): try reader.skip()
      case .ended(name): return
      default: try keep(event)
      }
    }
  }

  // MARK: Reading

  /// Takes what comes next from the stream.
  private func readOn() throws(Failure) { try keep(try reader.next()) }

  private func keep(_ event: ShardReader.Event) throws(Failure) {
    switch event {
    case .began(let name): if external[name] == nil { kept.begin(name) }
    case .data(let name, _):
      if let file = external[name] { try file.take(from: reader) } else { try kept.add(name, from: reader) }
    case .ended(let name):
      if let file = external.removeValue(forKey: name) { file.end() } else { kept.end(name) }
    case .setEnded: break
    }
  }

  /// Reads on until every external file was given, or the set ends.
  public func giveExternalFiles() throws(Failure) {
    while !external.isEmpty, !reader.hasEnded { try readOn() }
  }

  /// Reads on to the end of the set and of every shard; nobody asks any more, so nothing is kept.
  public func finish() throws(Failure) {
    while !reader.hasEnded {
      let event = try reader.next()
      switch event {
      case .data(let name, _) where external[name] == nil: try reader.skip()
      case .began(let name) where external[name] == nil: break
      case .ended(let name) where external[name] == nil: break
      default: try keep(event)
      }
    }
    for file in external.values { file.end() }
    external = [:]
    try reader.finish()
  }
}
