public import Linux
public import Streams

/// Images that come one after the other and can be had without knowing their names.
public protocol ImageSequence: ImageSource {
  /// - Returns: `nil` at the end, all of which was whole then.
  func next() throws(Failure) -> (name: ImageName, reader: any ImageReader)?
}

/// A stream that is read once, to its end, to say what is in it and whether it is whole. As a source it has what a plan is
/// made of: records and lists of pages are kept, pages and other raw bytes are only verified and counted.
public final class StreamSurvey: ImageSource {
  public let abilities: Abilities = [.randomAccess, .reopen]
  private let stream: any ImageSequence
  private var kept: [ImageName: [UInt8]] = [:]
  private var byteCounts: [ImageName: Int] = [:]

  public init(_ stream: any ImageSequence) { self.stream = stream }

  /// Reads all images.
  ///
  /// - Parameters:
  ///   - listed: Called for each that is whole, with its name in the stream.
  ///   - damaged: Called for each that is not. What comes after it is read all the same.
  /// - Throws: What leaves nothing more to be read.
  public func read(
    listed: (ImageName, ImageContents) throws(Failure) -> Void, damaged: (Failure) -> Void
  ) throws(Failure) {
    while let (file, reader) = try stream.next() {
      let contents: ImageContents
      do throws(Failure) { contents = try look(at: file, reader) } catch {
        damaged(error)
        continue
      }
      try listed(file, contents)
    }
  }

  private func look(at file: ImageName, _ reader: any ImageReader) throws(Failure) -> ImageContents {
    let name = ZstdFormat.plainName(of: file) ?? file
    let contents: ImageContents
    if name != file {
      contents = try ZstdReader(reader, name: file).contents(of: name, kind: ImageKind.of(name))
    } else if name.isBulk, PagesID(pagemapName: name) == nil {
      contents = try reader.contents(of: name, kind: ImageKind.of(name))
    } else {
      var bytes: [UInt8] = []
      try reader.readEach { bytes += $0 }
      kept[name] = bytes
      contents = try BytesReader(bytes).contents(of: name, kind: ImageKind.of(name))
    }
    byteCounts[name] = contents.byteCount
    return contents
  }

  /// Whose pages the stream lists.
  public var pages: [PagesID] { kept.keys.compactMap { PagesID(pagemapName: $0) } }

  public func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { kept[name].map { BytesReader($0) } }

  /// Whether there were as many bytes of pages as the list says.
  ///
  /// - Throws: `EBADMSG`.
  public func checkPages(_ id: PagesID) throws(Failure) {
    guard let pagemap = try Pagemap.read(id, from: self) else { return }
    try pagemap.checkPages(byteCounts[pagemap.pagesName] ?? 0, listedIn: id.pagemapName)
  }
}
