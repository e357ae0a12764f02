internal import CParasite
internal import Linux
internal import Streams

/// A frame of a packed file, and where its bytes go. It is unpacked once, though they may be asked for in parts.
struct FramePiece {
  let extent: FileExtent
  let packing: any FramePacking
  let index: Int
  let frame: PackedFrames.Frame
  /// In order; what of the frame nobody wants goes to the address 0.
  private(set) var ranges: [fill_range] = []
  private var end = 0

  init(_ index: Int, _ packed: PackedFrames, of extent: FileExtent) {
    self.extent = extent
    self.index = index
    packing = packed.packing
    frame = packed.frames[index]
  }

  /// - Parameter offset: In the frame, not before the end of what was added.
  mutating func add(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
    if offset > end { ranges.append(fill_range(address: 0, byte_count: UInt64(offset - end))) }
    end = offset + buffer.count
    let address = UInt64(UInt(bitPattern: buffer.baseAddress))
    if let last = ranges.last, last.address != 0, last.address + last.byte_count == address {
      ranges[ranges.count - 1].byte_count += UInt64(buffer.count)
    } else {
      ranges.append(fill_range(address: address, byte_count: UInt64(buffer.count)))
    }
  }

  /// - Parameter firstRange: Where `ranges` will be among those of the work.
  func work(firstRange: Int) -> fill_piece {
    fill_piece(
      file: extent.file.raw, range_count: UInt32(ranges.count), offset: UInt64(frame.offset),
      first_range: UInt64(firstRange), packed_byte_count: UInt32(frame.packedByteCount),
      byte_count: UInt32(frame.byteCount), checksum: frame.checksum)
  }

  /// Cuts bytes of packed frames by frame, in order.
  ///
  /// - Parameter body: Gets a part of a buffer, the index of its frame, and the offset there.
  static func cut<E: Error>(
    _ buffers: [UnsafeMutableRawBufferPointer], _ packed: PackedFrames, from offset: Int,
    _ body: (UnsafeMutableRawBufferPointer, Int, Int) throws(E) -> Void
  ) throws(E) {
    var index = packed.frames.startIndex
    var offset = offset
    for buffer in buffers {
      var rest = buffer[...]
      while !rest.isEmpty {
        let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(packed.frames[index].byteCount - offset))
        try body(part, index, offset)
        rest = rest.dropFirst(part.count)
        offset += part.count
        if offset == packed.frames[index].byteCount { (index, offset) = (index + 1, 0) }
      }
    }
  }
}
