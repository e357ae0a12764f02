internal import Images
public import Linux

/// What one image holds, all of it read and understood.
public struct ImageContents: Sendable {
  /// `nil` for an image without records.
  public let recordCount: Int?
  public let byteCount: Int
}

extension ImageSource {
  /// Reads an image to its end and decodes every record.
  ///
  /// - Returns: `nil` where there is no such image.
  /// - Throws: `EBADMSG` naming the record.
  public func contents(of name: ImageName, kind: ImageKind) throws(Failure) -> ImageContents? {
    guard let reader = try open(name) else { return nil }
    let counting = CountingReader(reader)
    let recordCount: Int?
    if let message = kind.message {
      let records = try RecordReader(counting, kind: kind, name: name)
      recordCount = try records.countAll(of: kind, message)
    } else {
      recordCount = nil
    }
    try counting.drain()
    return ImageContents(recordCount: recordCount, byteCount: counting.byteCount)
  }

  /// Whether `pages-N` has exactly the pages that its list says, and the parent set those that were left to it.
  ///
  /// - Throws: `EBADMSG`, `ENOENT`.
  public func checkPages(_ id: PagesID) throws(Failure) {
    guard let pagemap = try Pagemap.read(id, from: self), let pages = try openPages(id) else { return }
    while try pages.next() != nil {}
    let listed = pagemap.runs.reduce(0) { $0 + ($1.flags.contains(.present) ? $1.byteCount : 0) }
    let name = ImageKind.pages.name(UInt64(pagemap.pagesNumber))
    let byteCount = try contents(of: name, kind: .pages)?.byteCount ?? 0
    guard byteCount == listed else {
      throw Failure(
        "compare pages with their list", "\(name) has \(byteCount) bytes, \(id.pagemapName) lists \(listed)", .badMessage,
        remedy: "The set is damaged: restore from another copy.")
    }
  }
}

extension RecordReader {
  /// Reads to the end. Three kinds have records of two messages.
  fileprivate func countAll(of kind: ImageKind, _ message: any ImageMessage.Type) throws(Failure) -> Int {
    var count = 0
    switch kind {
    case .pagemap, .pagemapShmem:
      if try next(PagemapHead.self) != nil { count += 1 }
    case .ghostFile:
      guard let ghost = try next(GhostFileEntry.self) else { return 0 }
      return try 1 + (ghost.chunks == true ? self.count(GhostChunkEntry.self) : self.count(GhostFileEntry.self))
    case .ipcnsMsg:
      while let queue = try next(IpcMsgEntry.self) {
        count += 1
        for _ in 0..<queue.qnum { if try next(IpcMsg.self) != nil { count += 1 } }
      }
      return count
    default: break
    }
    return try count + self.count(message)
  }

  private func count<M: ImageMessage>(_ message: M.Type) throws(Failure) -> Int {
    var count = 0
    while try next(message) != nil { count += 1 }
    return count
  }
}

/// Counts what passes.
private final class CountingReader: ImageReader {
  private let inner: any ImageReader
  private(set) var byteCount = 0

  init(_ inner: any ImageReader) { self.inner = inner }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count = try inner.read(into: buffer)
    byteCount += count
    return count
  }
}
