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

  private static let pollReadable: Int16 = 1
  private static let pollWritable: Int16 = 4
  private static let pollError: Int16 = 8
  private static let pollHangUp: Int16 = 16

  /// Notes an end, and copies the contents when it is the first one that can be read.
  func see(_ descriptor: Descriptor) throws(Failure) {
    let pipe = UInt32(truncatingIfNeeded: descriptor.status.inode)
    var ends = ends[pipe] ?? Ends()
    let mode = descriptor.flags & FileFlags.accessMode
    if mode != FileFlags.readOnly {
      ends.writes = true
      let ready = try descriptor.file.readiness(events: PipeContents.pollWritable, descriptor.subject)
      ends.hasReader = ready & PipeContents.pollError == 0
    }
    if mode != FileFlags.writeOnly {
      ends.reads = true
      let ready = try descriptor.file.readiness(events: PipeContents.pollReadable, descriptor.subject)
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
    let capacity = try descriptor.file.pipeCapacity(subject)
    let byteCount = try descriptor.file.readableByteCount(subject)
    let bytes = byteCount == 0 ? [] : try copy(byteCount, of: descriptor.file, capacity: capacity, subject)
    guard bytes.isEmpty || descriptor.flags & FileFlags.direct == 0 else {
      throw Failure(
        "dump the pipe", "\(subject): it holds packets (O_DIRECT)", .notSupported,
        remedy: "Have the program read them first: their bounds cannot be saved.")
    }
    let record = PipeDataEntry {
      $0.pipeId = pipe
      $0.bytes = UInt32(bytes.count)
      $0.size = UInt32(capacity)
    }
    return Content(record: record, bytes: bytes)
  }

  /// tee(2) into a pipe of our own with as many buffers, since one buffer may hold a single byte.
  private static func copy(
    _ byteCount: Int, of pipe: BorrowedFD, capacity: Int, _ subject: String
  ) throws(Failure) -> [UInt8] {
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
    var bytes: [UInt8] = []
    while bytes.count < byteCount {
      var piece = [UInt8](repeating: 0, count: byteCount - bytes.count)
      let count = try read.borrowed().read(into: &piece, subject)
      bytes += piece[..<count]
    }
    return bytes
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
    if !content.bytes.isEmpty { try writeEnd.write(content.bytes.span.bytes, subject) }
  }
}
