internal import Linux

/// The build id of an ELF file: the note NT_GNU_BUILD_ID (elf(5)), as words of the image format.
enum BuildID {
  private static let noteSegment: UInt32 = 4
  private static let buildIDNote: UInt32 = 3
  private static let wordCount = 5
  /// Header, program headers and first notes of nearly all files.
  private static let headByteCount = 4096
  /// More notes than that are no program's.
  private static let largestNotes: UInt64 = 64 << 10

  /// - Returns: Five words, or none for what is no ELF file or has no such note.
  static func read(from descriptor: Descriptor) throws(Failure) -> [UInt32] {
    guard isPossible(descriptor.status) else { return [] }
    // Opening it once more would break a lease.
    guard descriptor.number == nil else {
      return try read(named: descriptor.subject, from: descriptor.file, descriptor.flags)
    }
    return try read(named: descriptor.subject, from: descriptor.magicLink)
  }

  /// Whether there is room for the header of an ELF file.
  static func isPossible(_ status: FileStatus) -> Bool { status.byteCount >= 64 }

  /// Whether what was opened with these flags can be read at any place.
  static func isReadable(_ flags: UInt32) -> Bool {
    flags & FileFlags.accessMode != FileFlags.writeOnly && flags & (FileFlags.pathOnly | FileFlags.direct) == 0
  }

  /// - Returns: None also for what is not open for reading.
  static func read(named name: String, from file: BorrowedFD, _ flags: UInt32) throws(Failure) -> [UInt32] {
    isReadable(flags) ? try read(named: name, from: file) : []
  }

  static func read(named name: String, from path: FilePath) throws(Failure) -> [UInt32] {
    let file = try path.open(
      flags: Int32(FileFlags.readOnly | FileFlags.nonBlocking), remedy: "Run as root, so that every file can be read.")
    return try read(named: name, from: file.borrowed())
  }

  private static func read(named name: String, from file: BorrowedFD) throws(Failure) -> [UInt32] {
    let head = try bytes(of: file, at: 0, headByteCount, name)
    for segment in notes(inHeader: head) where segment.count <= largestNotes {
      let end = Int(clamping: segment.upperBound)
      let notes =
        end <= head.count
        ? Array(head[Int(segment.lowerBound)..<end])
        : try bytes(of: file, at: segment.lowerBound, segment.count, name)
      if let words = buildID(inNotes: notes) { return words }
    }
    return []
  }

  private static func bytes(
    of file: BorrowedFD, at offset: UInt64, _ byteCount: Int, _ name: String
  ) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let count = try file.read(into: &bytes, at: offset, name)
    return Array(bytes[..<count])
  }

  /// Where the note segments of a 64-bit or 32-bit little-endian ELF file lie.
  ///
  /// - Parameter head: The first bytes of the file; program headers beyond them are not seen.
  static func notes(inHeader head: [UInt8]) -> [Range<UInt64>] {
    guard head.count >= 64, head.starts(with: [0x7f, 0x45, 0x4c, 0x46]), head[5] == 1 else { return [] }
    let is64 = head[4] == 2
    let table = is64 ? number(head, 32, 8) : number(head, 28, 4)
    let entryByteCount = number(head, is64 ? 54 : 42, 2)
    let entryCount = number(head, is64 ? 56 : 44, 2)
    guard entryByteCount >= (is64 ? 56 : 32), table <= UInt64(head.count) else { return [] }
    var notes: [Range<UInt64>] = []
    for index in 0..<entryCount {
      let start = Int(table + index * entryByteCount)
      guard start + Int(entryByteCount) <= head.count else { break }
      guard UInt32(number(head, start, 4)) == noteSegment else { continue }
      let offset = is64 ? number(head, start + 8, 8) : number(head, start + 4, 4)
      let byteCount = is64 ? number(head, start + 32, 8) : number(head, start + 16, 4)
      let (end, overflows) = offset.addingReportingOverflow(byteCount)
      if !overflows { notes.append(offset..<end) }
    }
    return notes
  }

  /// The first build id among notes: name size, descriptor size and type as u32, then name and descriptor, each filled
  /// up to a multiple of four.
  static func buildID(inNotes notes: [UInt8]) -> [UInt32]? {
    var start = 0
    while start + 12 <= notes.count {
      let nameByteCount = Int(number(notes, start, 4))
      let byteCount = Int(number(notes, start + 4, 4))
      let type = UInt32(number(notes, start + 8, 4))
      let name = start + 12
      let content = name + (nameByteCount + 3) & ~3
      guard content + byteCount <= notes.count else { return nil }
      if type == buildIDNote, notes[name..<name + nameByteCount].elementsEqual([0x47, 0x4e, 0x55, 0]) {
        var padded = Array(notes[content..<content + min(byteCount, wordCount * 4)])
        padded += Array(repeating: 0, count: wordCount * 4 - padded.count)
        return (0..<wordCount).map { UInt32(number(padded, $0 * 4, 4)) }
      }
      start = content + (byteCount + 3) & ~3
    }
    return nil
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ byteCount: Int) -> UInt64 {
    (0..<byteCount).reversed().reduce(0) { $0 << 8 | UInt64(bytes[offset + $1]) }
  }
}
