internal import Images
internal import Linux
internal import Streams

/// What pipes or fifos hold: copied in a dump without taking it out, and written back in a restore.
class PipeContents: KindState {
  struct Content {
    var record: PipeDataEntry
    var bytes: [UInt8]
  }

  /// Which ends of a pipe were met, and which the kernel knows of.
  struct Ends {
    var reads = false
    var writes = false
    /// Somebody has the other end of an end that was met.
    var hasReader = false
    var hasWriter = false
  }

  private(set) var contents: [Content] = []
  private(set) var ends: [UInt32: Ends] = [:]
  private var indices: [UInt32: Int] = [:]

  required init() {}

  // MARK: Dump

  static let pollReadable: Int16 = 1
  static let pollWritable: Int16 = 4
  private static let pollError: Int16 = 8
  private static let pollHangUp: Int16 = 16

  /// Notes an end, and copies the contents when it is the first one that can be read.
  func see(_ descriptor: Descriptor) throws(Failure) {
    let pipe = UInt32(truncatingIfNeeded: descriptor.status.inode)
    var ends = ends[pipe] ?? Ends()
    let mode = descriptor.flags & FileFlags.accessMode
    if mode != FileFlags.readOnly {
      ends.writes = true
      let ready = try descriptor.asked.readiness(events: PipeContents.pollWritable, descriptor.subject)
      ends.hasReader = ready & PipeContents.pollError == 0
    }
    if mode != FileFlags.writeOnly {
      ends.reads = true
      let ready = try descriptor.asked.readiness(events: PipeContents.pollReadable, descriptor.subject)
      ends.hasWriter = ready & PipeContents.pollHangUp == 0
    }
    self.ends[pipe] = ends
    guard mode != FileFlags.writeOnly, indices[pipe] == nil else { return }
    let content = try PipeContents.copy(of: descriptor, pipe: pipe)
    add(content)
  }

  private func add(_ content: Content) {
    indices[content.record.pipeId] = contents.count
    contents.append(content)
  }

  private static func copy(of descriptor: Descriptor, pipe: UInt32) throws(Failure) -> Content {
    let subject = descriptor.subject
    let capacity = try descriptor.asked.pipeCapacity(subject)
    let byteCount = try descriptor.asked.readableByteCount(subject)
    let pieces = byteCount == 0 ? [] : try copy(byteCount, of: try descriptor.file, capacity: capacity, subject)
    guard pieces.count < 2 || pieces.allSatisfy({ $0.count <= pageSize }) else {
      throw Failure(
        "dump the pipe", "\(subject): it holds packets behind other bytes (O_DIRECT)", .notSupported,
        remedy: "Have the program read them first: their bounds cannot be seen.")
    }
    let record = PipeDataEntry {
      $0.pipeId = pipe
      $0.bytes = UInt32(byteCount)
      $0.size = UInt32(capacity)
      // A read gives all that there is, or one packet.
      if pieces.count > 1 || descriptor.hasPackets { $0.packets = pieces.map { UInt32($0.count) } }
    }
    return Content(record: record, bytes: Array(pieces.joined()))
  }

  /// tee(2) into a pipe of our own with as many buffers, since one buffer may hold a single byte.
  ///
  /// - Returns: What each read of it gives: packets, or all.
  private static func copy(
    _ byteCount: Int, of pipe: BorrowedFD, capacity: Int, _ subject: String
  ) throws(Failure) -> [[UInt8]] {
    let ends = try makePipe()
    let read = OwnedFD(adopting: ends.read)
    let write = OwnedFD(adopting: ends.write)
    if try read.borrowed().pipeCapacity(subject) < capacity { try write.borrowed().setPipeCapacity(capacity, subject) }
    let copied = try pipe.tee(into: write.borrowed(), byteCount: byteCount, subject)
    guard copied == byteCount else {
      throw Failure(
        "copy what the pipe holds", "\(subject): \(copied) of \(byteCount) bytes", .tryAgain,
        remedy: "A process outside the tree uses the pipe: dump it too, or stop it first.")
    }
    var pieces: [[UInt8]] = []
    var rest = byteCount
    while rest > 0 {
      var piece = [UInt8](repeating: 0, count: rest)
      let count = try read.borrowed().read(into: &piece, subject)
      pieces.append(Array(piece[..<count]))
      rest -= count
    }
    return pieces
  }

  func write(to kind: ImageKind, of sink: any ImageSink) throws(Failure) {
    guard !contents.isEmpty else { return }
    let writer = try sink.recordWriter(kind)
    for content in contents {
      try writer.write(content.record)
      if !content.bytes.isEmpty { try writer.write(extra: content.bytes.span.bytes) }
    }
    try writer.finish()
  }

  // MARK: Restore

  func load(_ kind: ImageKind, from source: any ImageSource) throws(Failure) {
    guard let reader = try source.recordReader(kind) else { return }
    while let record = try reader.next(PipeDataEntry.self) {
      add(Content(record: record, bytes: try reader.readExtra(byteCount: Int(record.bytes))))
    }
  }

  /// Gives a new pipe the size and the contents that it had.
  func fill(_ pipe: UInt32, through writeEnd: BorrowedFD, _ subject: String) throws(Failure) {
    guard let index = indices[pipe] else { return }
    let content = contents[index]
    if let size = content.record.size, try writeEnd.pipeCapacity(subject) != Int(size) {
      try writeEnd.setPipeCapacity(Int(size), subject)
    }
    let packets = content.record.packets.map { Int($0) }
    if packets.isEmpty {
      if !content.bytes.isEmpty { try writeEnd.write(content.bytes.span.bytes, subject) }
      return
    }
    guard packets.allSatisfy({ $0 > 0 }), packets.reduce(0, +) == content.bytes.count else {
      throw Failure(
        "fill the pipe", "\(subject): packets of \(packets) bytes, together not \(content.bytes.count)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    var begin = 0
    try writeEnd.setPackets(true, subject)
    for byteCount in packets {
      try writeEnd.write(content.bytes.span.extracting(begin..<(begin + byteCount)).bytes, subject)
      begin += byteCount
    }
    try writeEnd.setPackets(false, subject)
  }
}

extension Descriptor {
  /// Whether each write into this end of a pipe is a packet, which a read takes whole (pipe(2), O_DIRECT).
  var hasPackets: Bool { flags & FileFlags.direct != 0 }
}

extension BorrowedFD {
  /// Of an end of a pipe; no open takes the flag.
  func setPackets(_ on: Bool, _ subject: String) throws(Failure) {
    let flags = UInt32(bitPattern: try self.flags(subject)) & ~FileFlags.direct
    try setFlags(Int32(bitPattern: on ? flags | FileFlags.direct : flags), subject)
  }
}
