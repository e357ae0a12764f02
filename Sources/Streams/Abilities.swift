/// What a place for images can do. A sink or a source states it once; what cannot work with it is refused before
/// anything is frozen, and nobody asks a sink what it is.
public struct Abilities: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Pages may be left to a parent set (`--prev-images-dir`).
  public static let parent = Abilities(rawValue: 1 << 0)
  /// An image may be opened again after it was finished.
  public static let reopen = Abilities(rawValue: 1 << 1)
  /// What is written first arrives first: write records, then raw blobs, then pages in restore order.
  public static let ordered = Abilities(rawValue: 1 << 2)
  /// An image may be read at any offset.
  public static let randomAccess = Abilities(rawValue: 1 << 3)
  /// An image has a bare descriptor that pages may be written to.
  public static let descriptor = Abilities(rawValue: 1 << 4)
  /// Images may be written anew when the set is whole (`ImageSink.rewriting(_:)`).
  public static let rewriting = Abilities(rawValue: 1 << 5)
}
