public import Linux
public import Streams

/// A stream whose pages are in part in another set: a stream itself tells of none.
public final class StreamWithParent: ImageSource {
  public var abilities: Abilities { stream.abilities.union(.parent) }

  private let stream: any ImageSource
  private let parentSet: any ImageSource

  public init(_ stream: any ImageSource, parent: any ImageSource) {
    self.stream = stream
    parentSet = parent
  }

  public func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { try stream.open(name) }

  public func open(anyOf names: [ImageName]) throws(Failure) -> (name: ImageName, reader: any ImageReader)? {
    try stream.open(anyOf: names)
  }

  public func parent() throws(Failure) -> (any ImageSource)? { parentSet }

  public func finish() throws(Failure) {
    try stream.finish()
    try parentSet.finish()
  }
}
