internal import CZstd
internal import Linux
internal import Streams

/// A compressed image in a plain file, of which any process can decompress any frame. Each frame is checked by its own
/// checksum, which has to be the one in the seek table.
final class FrameFile: FramePacking {
  /// Bytes of the image.
  let byteCount: Int
  private let frames: [PackedFrames.Frame]
  private let file: FileExtent
  private let name: ImageName
  private let source: any ImageSource
  /// Holds the descriptor.
  private let reader: any ImageReader

  /// Bytes of an image below which its frames are best decompressed one by one.
  private static let leastByteCount = 16 << 20
  /// What such an image has at least in the file, however well it shrinks.
  private static let leastCompressed = leastByteCount >> 12
  /// Bytes that are worth to be noted for later: of a frame that is read here too, all is decompressed twice.
  static let leastExtent = ZstdFormat.frameByteCount / 4

  /// - Parameter source: Can be read at any place, and opens images again.
  /// - Returns: `nil` where no plain file has the image, it is small, or has not the frames that ours have.
  /// - Throws: `EBADMSG` there is no seek table.
  static func open(_ name: ImageName, in source: any ImageSource) throws(Failure) -> FrameFile? {
    guard let reader = try source.open(name), let file = try reader.take(byteCount: .max),
      file.packed == nil, file.byteCount >= leastCompressed
    else { return nil }
    let table = try SeekTable.read(name, from: source)
    let byteCount = table.frames.reduce(0) { $0 + Int($1.byteCount) }
    let largest = Int(ZSTD_compressBound(ZstdFormat.frameByteCount)) + ZstdFormat.longestHeader
    guard byteCount >= leastByteCount,
      table.frames.dropLast().allSatisfy({ $0.byteCount == ZstdFormat.frameByteCount }),
      table.frames.allSatisfy({ $0.byteCount <= ZstdFormat.frameByteCount && 4...largest ~= Int($0.compressedByteCount) })
    else { return nil }
    return FrameFile(name, source, reader, file, table, byteCount)
  }

  private init(
    _ name: ImageName, _ source: any ImageSource, _ reader: any ImageReader, _ file: FileExtent, _ table: SeekTable,
    _ byteCount: Int
  ) {
    self.name = name
    self.source = source
    self.reader = reader
    self.file = file
    self.byteCount = byteCount
    var offset = file.offset
    frames = table.frames.map { frame in
      defer { offset += Int(frame.compressedByteCount) }
      return PackedFrames.Frame(
        offset: offset, packedByteCount: Int(frame.compressedByteCount), byteCount: Int(frame.byteCount),
        checksum: frame.checksum)
    }
  }

  /// - Returns: Fewer bytes at the end of the image; `nil` where it is over.
  func extent(at offset: Int, byteCount: Int) -> FileExtent? {
    let end = min(offset + byteCount, self.byteCount)
    guard offset < end else { return nil }
    let (first, inFirst) = offset.quotientAndRemainder(dividingBy: ZstdFormat.frameByteCount)
    let last = (end - 1) / ZstdFormat.frameByteCount
    return FileExtent(
      file: file.file, offset: inFirst, byteCount: end - offset, path: file.path,
      packed: PackedFrames(frames[first...last], self))
  }

  // MARK: Unpacking

  var unpack: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int) -> Int {
    ZSTD_decompressDCtx
  }

  var contextByteCount: Int { ZSTD_estimateDCtxSize() }

  func makeContext(in memory: UnsafeMutableRawBufferPointer) throws(Failure) -> OpaquePointer {
    guard let context = ZSTD_initStaticDCtx(memory.baseAddress, memory.count) else {
      throw Failure("decompress", name.description, .noMemory, remedy: "Report this: libzstd needs more than it says.")
    }
    return context
  }

  /// Found by reading it once more, as whoever reads all in order does.
  func failure(ofFrame index: Int) -> Failure {
    let start = index * ZstdFormat.frameByteCount
    do throws(Failure) {
      let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: frames[index].byteCount, alignment: 4096)
      defer { frame.deallocate() }
      guard let reader = try source.open(name) else { return damaged(index) }
      let image = try ZstdReader(reader, name: name, in: source)
      if try image.skip(byteCount: start) == start { _ = try image.readFully(into: [frame]) }
      return damaged(index)
    } catch {
      return error
    }
  }

  private func damaged(_ index: Int) -> Failure {
    Failure(
      "decompress the frame", "\(name), frame \(index + 1) at byte \(frames[index].offset) (the seek table has another)",
      .badMessage, remedy: "The image is cut or damaged: restore from another copy of the set.")
  }
}
