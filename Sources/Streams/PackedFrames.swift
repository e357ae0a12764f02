public import Linux

/// Frames of a plain file, one behind the other, of which each is unpacked by itself: by any process, in any order.
public struct PackedFrames {
  public struct Frame: Sendable {
    /// In the file.
    public let offset: Int
    public let packedByteCount: Int
    public let byteCount: Int
    /// The four bytes that it ends with.
    public let checksum: UInt32

    public init(offset: Int, packedByteCount: Int, byteCount: Int, checksum: UInt32) {
      self.offset = offset
      self.packedByteCount = packedByteCount
      self.byteCount = byteCount
      self.checksum = checksum
    }
  }

  /// Their indices are those in the whole file.
  public let frames: ArraySlice<Frame>
  public let packing: any FramePacking

  public init(_ frames: ArraySlice<Frame>, _ packing: any FramePacking) {
    self.frames = frames
    self.packing = packing
  }
}

/// How the frames of a file are unpacked.
public protocol FramePacking: AnyObject {
  /// Gets a context, room for the bytes, how many they are, and the frame. It keeps no state but in the context and
  /// allocates nothing: processes that share their memory run it side by side.
  ///
  /// - Returns: The bytes made; an error is another number.
  var unpack: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int) -> Int { get }
  var contextByteCount: Int { get }

  /// A context for one process.
  ///
  /// - Parameter memory: `contextByteCount`, at the start of a page; stays the caller's.
  func makeContext(in memory: UnsafeMutableRawBufferPointer) throws(Failure) -> OpaquePointer

  /// Why a frame could not be unpacked.
  func failure(ofFrame index: Int) -> Failure
}
