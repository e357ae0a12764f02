internal import Streams

/// What the sink knows of one image that was opened.
final class DirectoryImage {
  enum State {
    /// A stream writes it, or was dropped before it was finished.
    case open
    /// All its bytes are with the sink or in its file.
    case finished
  }

  let name: ImageName
  /// The file's name until the set is published.
  let fileName: String
  var state = State.open
  /// The stream that writes it, while somebody holds it.
  weak var stream: DirectoryStream?
  /// Of zeros, which its file had when it was made.
  var preparedByteCount = 0
  /// The journal's entry for its file; `nil` while no file was made.
  var entry: Int?

  init(_ name: ImageName, fileName: String) {
    self.name = name
    self.fileName = fileName
  }
}
