internal import Images
public import Linux

/// What one image holds, all of it read and understood.
public struct ImageContents: Sendable {
  /// `nil` for an image without records.
  public let recordCount: Int?
  public let byteCount: Int
}

extension ImageReader {
  /// Reads the image to its end and decodes every record.
  ///
  /// - Throws: `EBADMSG` naming the record.
  public func contents(of name: ImageName, kind: ImageKind?) throws(Failure) -> ImageContents {
    let counting = CountingReader(self)
    let recordCount: Int?
    if let kind, let message = kind.message {
      let records = try RecordReader(counting, kind: kind, name: name)
      recordCount = try records.countAll(of: kind, message)
    } else {
      recordCount = nil
    }
    try counting.drain()
    return ImageContents(recordCount: recordCount, byteCount: counting.byteCount)
  }
}

extension ImageSource {
  /// - Returns: `nil` where there is no such image.
  /// - Throws: `EBADMSG` naming the record.
  public func contents(of name: ImageName, kind: ImageKind) throws(Failure) -> ImageContents? {
    guard let reader = try open(name) else { return nil }
    return try reader.contents(of: name, kind: kind)
  }

  /// Whether `pages-N` has exactly the pages that its list says, and the parent set those that were left to it.
  ///
  /// - Throws: `EBADMSG`, `ENOENT`.
  public func checkPages(_ id: PagesID) throws(Failure) {
    guard let pagemap = try Pagemap.read(id, from: self), let pages = try openPages(id) else { return }
    while try pages.next() != nil {}
    try pagemap.checkPages(try contents(of: pagemap.pagesName, kind: .pages)?.byteCount ?? 0, listedIn: id.pagemapName)
  }
}

extension Pagemap {
  public var pagesName: ImageName { ImageKind.pages.name(UInt64(pagesNumber)) }

  /// Whether the image of the pages is as large as the list says.
  ///
  /// - Throws: `EBADMSG`.
  public func checkPages(_ byteCount: Int, listedIn name: ImageName) throws(Failure) {
    let listed = runs.reduce(0) { $0 + ($1.flags.contains(.present) ? $1.byteCount : 0) }
    guard byteCount == listed else {
      throw Failure(
        "compare pages with their list", "\(pagesName) has \(byteCount) bytes, \(name) lists \(listed)", .badMessage,
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
