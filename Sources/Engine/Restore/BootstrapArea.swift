internal import CParasite
internal import Linux

/// The memory that a task still has when all else of the engine is unmapped: the shared stages, a copy of the blob, and
/// what the last steps work from. It lies where neither the engine's nor any task's mappings are, at the same address in
/// every task.
///
///     start                                      end
///     | shared by all tasks | blob | this task's data |
final class BootstrapArea {
  let range: Range<UInt64>
  /// Where the copy of the blob is.
  let code: UInt64
  private var cursor: UInt64

  /// - Parameters:
  ///   - range: A free hole, in whole pages. Nothing is mapped yet.
  ///   - sharedByteCount: Bytes at its start that all tasks share, in whole pages.
  init(range: Range<UInt64>, sharedByteCount: Int) throws(Failure) {
    self.range = range
    code = range.lowerBound + UInt64(sharedByteCount)
    _ = try mapAnonymous(at: range.lowerBound, byteCount: sharedByteCount, sharing: .shared)
    let privateMemory = try mapAnonymous(
      at: code, byteCount: Int(range.upperBound - code), sharing: .copyOnWrite, executable: true)
    privateMemory.copyMemory(from: blob_start(), byteCount: Int(blob_byte_count()))
    cursor = code + UInt64(blob_byte_count())
  }

  var shared: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(range.lowerBound))! }

  /// Zeroed memory for `count` values.
  ///
  /// - Throws: `ENOMEM` when the area is full: the plan measured it too small.
  func allocate<T>(_ type: T.Type, count: Int = 1) throws(Failure) -> UnsafeMutablePointer<T> {
    let memory = try allocate(byteCount: count * MemoryLayout<T>.stride, alignment: max(16, MemoryLayout<T>.alignment))
    return memory.bindMemory(to: type, capacity: count)
  }

  func allocate(byteCount: Int, alignment: Int) throws(Failure) -> UnsafeMutableRawPointer {
    let start = (cursor + UInt64(alignment) - 1) / UInt64(alignment) * UInt64(alignment)
    guard start + UInt64(byteCount) <= range.upperBound else {
      throw Failure(
        "lay out the last steps", "\(byteCount) bytes in the bootstrap area of \(range.count)", .noMemory,
        remedy: "This is a defect of this program: keep the images and the log.")
    }
    cursor = start + UInt64(byteCount)
    return UnsafeMutableRawPointer(bitPattern: UInt(start))!
  }
}
