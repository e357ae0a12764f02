public import Linux
public import Streams

/// An image beside those of the engine, with a pipe of its own: read by a capture, written and then closed by a reader of
/// the stream.
public final class ExternalFile {
  public let name: ImageName
  private var pipe: OwnedFD?

  public init(_ name: ImageName, adopting pipe: consuming OwnedFD) {
    self.name = name
    self.pipe = consume pipe
  }

  /// Takes the payload that `reader` is at.
  func take(from reader: ShardReader) throws(Failure) {
    guard let raw = pipe?.borrowed() else { return try reader.skip() }
    try reader.move(to: raw) { [name] errno in
      Failure(
        "give the external file", name.description, errno,
        remedy: "The program that reads it ended: look for its error.")
    }
  }

  /// The image is complete.
  func end() { pipe = nil }

  /// The number of the pipe, which the caller then owns.
  func releasedPipe() -> CInt { pipe.take()!.release() }
}
