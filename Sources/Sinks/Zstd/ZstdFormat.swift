internal import Linux
internal import Streams

/// What a compressed image is made of: frames that stand alone, and a seek table behind them. Both are public formats:
/// RFC 8878, and "Zstandard Seekable Format" 0.1.0 in contrib/seekable_format of zstd, so `zstd -d` opens the file.
enum ZstdFormat {
  /// What follows the name of a compressed image.
  static let suffix = ".zst"
  static let levels = 1...19
  /// Bytes of an image in a frame; the last one has fewer. libzstd gives a frame to another thread only when it is
  /// larger than 512 KiB.
  static let frameByteCount = 1 << 20
  /// The most that a reader takes in one frame: a bound on what a damaged size can cost.
  static let largestFrame = 8 << 20

  static let frameMagic: UInt32 = 0xfd2f_b528
  /// Longest header of a frame.
  static let longestHeader = 18

  /// Only images with the bulk of the bytes are compressed: memory, removed files, archives of file systems. Records
  /// stay plain, so that tools which list images go on working.
  static func compresses(_ name: ImageName) -> Bool {
    switch ImageKind.of(name) {
    case .pages, .ghostFile, .tmpfsArchive: true
    default: false
    }
  }

  static func compressedName(of name: ImageName) -> ImageName { ImageName(name.description + suffix)! }

  /// - Returns: `nil` for what is not the name of a compressed image.
  static func plainName(of file: ImageName) -> ImageName? {
    let text = file.description
    guard text.hasSuffix(suffix), let name = ImageName(String(text.dropLast(suffix.utf8.count))), compresses(name) else {
      return nil
    }
    return name
  }
}

/// The frames of one image, in order.
struct SeekTable: Equatable {
  struct Frame: Equatable {
    let compressedByteCount: UInt32
    let byteCount: UInt32
    /// The low half of XXH64 over the bytes: what also ends the frame itself.
    let checksum: UInt32
  }

  static let magic: UInt32 = 0x184d_2a5e
  static let seekableMagic: UInt32 = 0x8f92_eab1
  static let headByteCount = 8
  static let footByteCount = 9
  static let entryByteCount = 12
  /// In the descriptor of the foot: entries have checksums.
  private static let hasChecksums: UInt8 = 0x80

  var frames: [Frame] = []

  var compressedByteCount: Int { frames.reduce(0) { $0 + Int($1.compressedByteCount) } }

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(SeekTable.byteCount(frameCount: frames.count))
    func put(_ word: UInt32) { for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) } }
    put(SeekTable.magic)
    put(UInt32(frames.count * SeekTable.entryByteCount + SeekTable.footByteCount))
    for frame in frames {
      put(frame.compressedByteCount)
      put(frame.byteCount)
      put(frame.checksum)
    }
    put(UInt32(frames.count))
    bytes.append(SeekTable.hasChecksums)
    put(SeekTable.seekableMagic)
    return bytes
  }

  /// Where those frames are of which every byte lies in `ranges` (ascending). Neighbours are one, since a file system
  /// gives back whole blocks.
  func places(ofFramesIn ranges: [Range<Int>]) -> [Range<Int>] {
    var rest = ranges[...]
    var (start, place) = (0, 0)
    var places: [Range<Int>] = []
    for frame in frames {
      let bytes = start..<(start + Int(frame.byteCount))
      let its = place..<(place + Int(frame.compressedByteCount))
      (start, place) = (bytes.upperBound, its.upperBound)
      while let first = rest.first, first.upperBound <= bytes.lowerBound { rest.removeFirst() }
      if let first = rest.first, first.contains(bytes) { AddressRanges.append(its, to: &places) }
    }
    return places
  }

  static func byteCount(frameCount: Int) -> Int { headByteCount + frameCount * entryByteCount + footByteCount }

  /// - Parameter bytes: The whole skippable frame.
  /// - Returns: `nil` for what is no seek table with checksums.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> SeekTable? {
    guard let frameCount = frameCount(foot: bytes), bytes.count == byteCount(frameCount: frameCount),
      word(bytes, 0) == magic, Int(word(bytes, 4)) == bytes.count - headByteCount
    else { return nil }
    return SeekTable(
      frames: (0..<frameCount).map { index in
        let start = headByteCount + index * entryByteCount
        return Frame(
          compressedByteCount: word(bytes, start), byteCount: word(bytes, start + 4), checksum: word(bytes, start + 8))
      })
  }

  /// - Parameter bytes: They end with the foot.
  static func frameCount(foot bytes: UnsafeRawBufferPointer) -> Int? {
    let start = bytes.count - footByteCount
    guard start >= 0, word(bytes, start + 5) == seekableMagic, bytes[start + 4] == hasChecksums else { return nil }
    return Int(word(bytes, start))
  }

  static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}
