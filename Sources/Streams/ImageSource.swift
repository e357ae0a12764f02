public import Linux

/// One image being read, from its beginning.
public protocol ImageReader: AnyObject {
  /// Reads up to `buffer.count` bytes.
  ///
  /// - Returns: The bytes read; 0 only at the end of the image.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int

  /// Fills all buffers, in order. Default: through `read(into:)`; a file has preadv(2).
  ///
  /// - Returns: The bytes read; less than the buffers hold only at the end of the image.
  func readFully(into buffers: [UnsafeMutableRawBufferPointer]) throws(Failure) -> Int

  /// Passes over bytes. Default: reads them; a file need not.
  ///
  /// - Returns: The bytes passed over; less than `byteCount` only at the end of the image.
  func skip(byteCount: Int) throws(Failure) -> Int

  /// Passes over bytes that a plain file has, for the caller to read from there. Default: no file has them.
  ///
  /// - Returns: Less than `byteCount` only at the end of the image; `nil` where nothing was passed over.
  func take(byteCount: Int) throws(Failure) -> FileExtent?
}

/// A place where images come from: the mirror of `ImageSink`.
///
/// One without `.randomAccess` gives each image once, and to its end before the next; its images are best asked for in
/// the order in which they were written.
public protocol ImageSource: AnyObject {
  var abilities: Abilities { get }

  /// - Returns: `nil` where there is no such image; damage is a `Failure`.
  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)?

  /// The first of these that there is, for an image that may have several forms. Default: asks for one after the other;
  /// a source that is a pipe sees which of them comes.
  func open(anyOf names: [ImageName]) throws(Failure) -> (name: ImageName, reader: any ImageReader)?

  /// The set that this one leaves pages to (`Abilities.parent`). Default: none.
  func parent() throws(Failure) -> (any ImageSource)?

  /// Gives up bytes of an image that nobody will read again; those that are left stay where they are. Default: refused.
  ///
  /// - Parameter ranges: Ascending, none overlaps another.
  /// - Returns: Bytes that the place need not keep any more; it may keep some of what was given up.
  /// - Throws: `EOPNOTSUPP` the place cannot.
  func drop(_ ranges: [Range<Int>], of name: ImageName) throws(Failure) -> Int

  /// Success path, once, when all was read that will be: what can only be seen at the end of a stream is checked before
  /// any task runs. Default: nothing.
  func finish() throws(Failure)

  /// Called when the restore fails, with the tasks that read from it gone. Default: nothing.
  func giveUp()

  /// Default: `pagemap-N` and `pages-N` through `open(_:)`, in order.
  ///
  /// - Returns: `nil` where there is no such pagemap.
  func openPages(_ id: PagesID) throws(Failure) -> (any PageSource)?
}
