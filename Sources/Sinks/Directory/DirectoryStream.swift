internal import Linux
internal import Streams

/// One image of a directory that is being written.
///
/// A small image is kept in memory and handed to the sink when it is finished, so that it costs the engine no system
/// call while the tree is frozen. A larger one goes to its file as it comes. The file is made at the first write: an
/// image that was never written leaves none. (A write of no bytes counts: some images are there although empty.)
final class DirectoryStream: ImageStream {
  /// An image up to this size is kept in memory until it is finished.
  static let keptByteCount = 64 << 10

  private let sink: DirectorySink
  private let image: DirectoryImage
  private var isWritten = false
  private var kept: [UInt8] = []
  private var file: OwnedFD?
  /// What we have written to it.
  private var fileByteCount = 0

  init(_ image: DirectoryImage, in sink: DirectorySink) {
    self.image = image
    self.sink = sink
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    isWritten = true
    try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Failure) in
      if kept.count + bytes.count > DirectoryStream.keptByteCount { try writeKept() }
      if bytes.count > DirectoryStream.keptByteCount {
        try write(toFile: bytes)
      } else {
        kept.append(contentsOf: bytes)
      }
    }
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    isWritten = true
    try writeKept()
    try openFile()
    try sink.calls.splice(from: pipe, to: file!, image.fileName, byteCount: byteCount)
    fileByteCount += byteCount
  }

  /// What was prepared: to write more, the kernel would take memory at the cost of the process that writes.
  func lend() throws(Failure) -> LentFile? {
    guard sink.hasPrepared(image) || fileByteCount < image.preparedByteCount else { return nil }
    isWritten = true
    try writeKept()
    try openFile()
    let byteCount = image.preparedByteCount - fileByteCount
    return file!.withRaw { LentFile(descriptor: BorrowedFD($0), byteCount: byteCount) }
  }

  func wrote(byteCount: Int) { fileByteCount += byteCount }

  func finish() throws(Failure) {
    guard isWritten else { return try sink.finishUnwritten(image) }
    guard file != nil else {
      let bytes = kept
      kept = []
      return try sink.finish(image, bytes: bytes)
    }
    try writeKept()
    if fileByteCount < image.preparedByteCount { try sink.calls.cut(file!, image.fileName, to: fileByteCount) }
    try sink.calls.close(file.take()!, image.fileName)
    sink.finishWritten(image)
  }

  private func writeKept() throws(Failure) {
    guard !kept.isEmpty else { return }
    let bytes = kept
    kept = []
    try withBytes(of: bytes) { (bytes) throws(Failure) in try write(toFile: bytes) }
  }

  private func write(toFile bytes: UnsafeRawBufferPointer) throws(Failure) {
    try openFile()
    try sink.calls.write(bytes, to: file!, image.fileName)
    fileByteCount += bytes.count
  }

  private func openFile() throws(Failure) {
    if file == nil { file = try sink.create(image) }
  }
}
