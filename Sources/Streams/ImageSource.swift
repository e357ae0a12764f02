public import Linux

/// One image being read, from its beginning.
public protocol ImageReader: AnyObject {
  /// Reads up to `buffer.count` bytes.
  ///
  /// - Returns: The bytes read; 0 only at the end of the image.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int
}

/// A place where images come from: the mirror of `ImageSink`.
public protocol ImageSource: AnyObject {
  var abilities: Abilities { get }

  /// - Returns: `nil` where there is no such image; damage is a `Failure`.
  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)?

  /// - Returns: `nil` where there is no such pagemap.
  func openPages(_ id: PagesID) throws(Failure) -> (any PageSource)?
}
