public import Linux
public import Streams

/// A stream that can be the parent of a later dump: what the next one must know of it, its lists of pages and who tracks
/// writes, also goes into a directory. The pages themselves go into the stream alone.
public final class TrackedStream: ImageSink {
  public var abilities: Abilities { stream.abilities }
  public var pagesNumbers: PagesNumbers { stream.pagesNumbers }

  private let stream: any ImageSink
  private let kept: any ImageSink

  /// - Parameter kept: A directory.
  public init(_ stream: any ImageSink, keepingIn kept: any ImageSink) {
    self.stream = stream
    self.kept = kept
  }

  public func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    if PagesID(pagemapName: name) != nil { return ImageStreamPair(try stream.open(name), try kept.open(name)) }
    return name.isOfHostAlone ? try kept.open(name) : try stream.open(name)
  }

  public func commit() throws(Failure) {
    try stream.commit()
    try kept.commit()
  }

  public func abandon() {
    stream.abandon()
    kept.abandon()
  }
}

extension ImageName {
  /// Who tracks writes, and where watched inodes were found.
  fileprivate var isOfHostAlone: Bool { self == .tracking || self == ImageKind.irmapCache.name() }
}

/// One image in two places.
private final class ImageStreamPair: ImageStream {
  private let one, other: any ImageStream

  init(_ one: any ImageStream, _ other: any ImageStream) {
    self.one = one
    self.other = other
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    try one.write(bytes)
    try other.write(bytes)
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    throw Failure(
      "splice into two places", "\(byteCount) bytes", .invalid, remedy: "Report this: lists of pages are written.")
  }

  func finish() throws(Failure) {
    try one.finish()
    try other.finish()
  }
}
