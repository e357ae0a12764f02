public import Linux
public import Streams

/// Compresses the images with the bulk of the bytes on their way to another sink, under names that end in ".zst".
///
/// The tree can be restored without unpacking: frames of 1 MiB stand alone, and a seek table at the end of each image
/// says where they are. Bytes that do not shrink cost next to nothing: the fast levels pass over random bytes at
/// 2.4 GB/s a processor here, and at the slow ones a sample of each frame decides.
public final class ZstdSink: ImageSink {
  public var abilities: Abilities { inner.abilities.subtracting(.descriptor) }
  public var pagesNumbers: PagesNumbers { inner.pagesNumbers }

  private let inner: any ImageSink
  private let compressor: FrameCompressor
  private let level: Int

  /// - Parameter level: 1 (fastest) to 19.
  public init(_ inner: any ImageSink, level: Int) {
    precondition(ZstdFormat.levels.contains(level), "checked where the option is read")
    self.inner = inner
    self.level = level
    compressor = FrameCompressor(level: level)
  }

  public func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    guard ZstdFormat.compresses(name) else { return try inner.open(name) }
    // A directory may hold a plain image of an older set, which a restore would take for ours.
    if !abilities.contains(.ordered) { try inner.open(name).finish() }
    return ZstdStream(name, into: try inner.open(ZstdFormat.compressedName(of: name)), compressor)
  }

  public func commit() throws(Failure) {
    compressor.end()
    try inner.commit()
  }

  public func rewriting(_ journal: any Journal) throws(Failure) -> any ImageSink {
    ZstdSink(try inner.rewriting(journal), level: level)
  }

  public func abandon() {
    compressor.end()
    inner.abandon()
  }
}
