/// Lends the bytes of an array to `body`. `Array.withUnsafeBytes` has no typed throws, and a span of an array that is not
/// used afterwards may outlive it in an optimised build (seen with Swift 6.3.1: a socket was sent freed memory).
public func withBytes<Element: BitwiseCopyable, R>(
  of array: [Element], _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
) throws(Failure) -> R {
  let result = array.withUnsafeBytes { bytes in Result { () throws(Failure) in try body(bytes) } }
  return try result.get()
}

extension [UInt32] {
  /// The words as they lie in memory, one behind the other.
  public var memoryBytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}
