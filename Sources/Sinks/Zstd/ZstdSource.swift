public import Linux
public import Streams

/// Images of another source, those that `ZstdSink` compressed too. Plain ones pass through.
public final class ZstdSource: ImageSource {
  public var abilities: Abilities { inner.abilities.subtracting(.descriptor) }

  private let inner: any ImageSource

  public init(_ inner: any ImageSource) { self.inner = inner }

  /// A plain image goes before a compressed one: whoever unpacks a set, or dumps another over it, writes that.
  public func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? {
    guard ZstdFormat.compresses(name) else { return try inner.open(name) }
    let compressed = ZstdFormat.compressedName(of: name)
    guard let (found, reader) = try inner.open(anyOf: [name, compressed]) else { return nil }
    return found == name ? reader : try ZstdReader(reader, name: compressed, in: inner)
  }

  func isPlain(_ name: ImageName) throws(Failure) -> Bool { try inner.open(name) != nil }

  /// - Returns: `nil` where the image is plain or absent.
  func openCompressed(_ name: ImageName) throws(Failure) -> (any ImageReader)? {
    if try isPlain(name) { return nil }
    let compressed = ZstdFormat.compressedName(of: name)
    return try inner.open(compressed).map { reader throws(Failure) in try ZstdReader(reader, name: compressed, in: inner) }
  }

  /// Of a compressed image, whole frames: those of which nothing is left.
  public func drop(_ ranges: [Range<Int>], of name: ImageName) throws(Failure) -> Int {
    guard ZstdFormat.compresses(name), try inner.open(name) == nil else { return try inner.drop(ranges, of: name) }
    let compressed = ZstdFormat.compressedName(of: name)
    return try inner.drop(try SeekTable.read(compressed, from: inner).places(ofFramesIn: ranges), of: compressed)
  }

  public func finish() throws(Failure) { try inner.finish() }

  public func parent() throws(Failure) -> (any ImageSource)? { try inner.parent().map { ZstdSource($0) } }
}
