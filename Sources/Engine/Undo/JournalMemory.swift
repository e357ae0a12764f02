internal import Images
internal import Linux
internal import Streams

/// The entries of a journal, in memory that the engine and the guardian share.
///
/// The first word is the byte count in use, the second where the records begin that are younger than the last time all
/// were struck. A record is a word for its size, one for its kind (0: struck), six numbers and the bytes of a path. It is
/// written whole before the byte count covers it, so that a reader after the engine's death never sees half of one.
final class JournalMemory {
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int
  private static let fixedByteCount = 8 * 8
  private static let start = 8

  init(byteCount: Int) throws(Failure) {
    self.byteCount = byteCount
    base = try mapAnonymous(byteCount: byteCount, sharing: .shared)
    used = JournalMemory.start
  }

  deinit { unmap(base, byteCount: byteCount) }

  private var usedWord: UnsafeMutablePointer<UInt32> { base.assumingMemoryBound(to: UInt32.self) }

  private var used: Int {
    get { Int(futexLoad(usedWord)) }
    set { futexStore(usedWord, UInt32(newValue)) }
  }

  private var firstWord: UnsafeMutablePointer<UInt32> { usedWord + 1 }

  private var first: Int { max(Int(futexLoad(firstWord)), JournalMemory.start) }

  private func word(_ offset: Int, _ index: Int) -> UnsafeMutablePointer<UInt64> {
    (base + offset + index * 8).assumingMemoryBound(to: UInt64.self)
  }

  func enter(_ change: Change) throws(Failure) -> Int {
    let offset = used
    used = try write(change, at: offset)
    return offset
  }

  /// - Returns: The end of its record, which nobody sees before `used` says so.
  private func write(_ change: Change, at offset: Int) throws(Failure) -> Int {
    let (kind, numbers, path) = change.record
    let size = JournalMemory.fixedByteCount + (path.count + 7) & ~7
    guard offset + size <= byteCount else {
      throw Failure(
        "note a change", "undo journal of \(byteCount) bytes", .noSpace, remedy: "Dump fewer processes at once.")
    }
    word(offset, 0).pointee = UInt64(size) | UInt64(path.count) << 32
    word(offset, 1).pointee = kind
    for index in 0..<6 { word(offset, 2 + index).pointee = index < numbers.count ? numbers[index] : 0 }
    path.withUnsafeBytes {
      if let bytes = $0.baseAddress { (base + offset + JournalMemory.fixedByteCount).copyMemory(from: bytes, byteCount: $0.count) }
    }
    return offset + size
  }

  func strike(_ entry: Int) {
    word(entry, 1).pointee = 0
    // The room of what was struck last is used again.
    if entry + size(entry) == used { used = endOfLive(before: entry) }
  }

  /// One store tells where the records begin and end.
  func strikeAll(entering changes: [Change]) throws(Failure) {
    let first = used
    var end = first
    for change in changes { end = try write(change, at: end) }
    base.assumingMemoryBound(to: UInt64.self).pointee = UInt64(end) | UInt64(first) << 32
  }

  private func size(_ offset: Int) -> Int { Int(word(offset, 0).pointee & 0xffff_ffff) }

  private func endOfLive(before end: Int) -> Int {
    var result = first
    var offset = first
    while offset < end {
      let next = offset + size(offset)
      if word(offset, 1).pointee != 0 { result = next }
      offset = next
    }
    return result
  }

  /// What was not struck, the newest first.
  func liveEntries() -> [(entry: Int, change: Change)] {
    var found: [(entry: Int, change: Change)] = []
    var offset = first
    let end = used
    while offset < end {
      let kind = word(offset, 1).pointee
      let pathCount = Int(word(offset, 0).pointee >> 32)
      let path = UnsafeRawBufferPointer(start: base + offset + JournalMemory.fixedByteCount, count: pathCount)
      if let change = Change(kind: kind, numbers: (0..<6).map { word(offset, 2 + $0).pointee }, path: path) {
        found.append((offset, change))
      }
      offset += size(offset)
    }
    return found.reversed()
  }
}

extension Change {
  fileprivate var record: (kind: UInt64, numbers: [UInt64], path: [UInt8]) {
    switch self {
    case .fileMade(let path): (1, [], path.bytes)
    case .areaMapped(let pid, let address, let byteCount, let systemCall, let signalReturn, let convention):
      (2, [UInt64(pid), address, UInt64(byteCount), systemCall, signalReturn, convention], [])
    case .processStarted(let pid, let startTime): (3, [UInt64(pid), startTime ?? 0], [])
    case .firewallChanged(let firewall, let undoText, let namespace):
      (5, [firewall.rawValue, namespace?.inode ?? 0], Array(undoText.utf8))
    case .taskCloned(let task, let clone, let startTime, let number):
      (7, [UInt64(task), UInt64(clone), startTime, UInt64(number)], [])
    case .fileMoved(let path, let aside): (8, [], path.bytes + [0] + aside.bytes)
    case .segmentMade(let id, let key): (20, [UInt64(UInt32(bitPattern: id)), UInt64(key)], [])
    case .cgroupMade(let hierarchy, let path): (21, [], Array(hierarchy.utf8) + [0] + Array(path.utf8))
    case .stateChanged(let path, let undoText): (4, [], Array(path.utf8) + [0] + Array(undoText.utf8))
    }
  }

  fileprivate init?(kind: UInt64, numbers: [UInt64], path: UnsafeRawBufferPointer) {
    func text(_ part: Slice<UnsafeRawBufferPointer>) -> String { String(decoding: part, as: UTF8.self) }
    switch kind {
    case 1: self = .fileMade(path: FilePath(path))
    case 2:
      self = .areaMapped(
        pid: Int32(numbers[0]), address: numbers[1], byteCount: Int(numbers[2]), systemCall: numbers[3],
        signalReturn: numbers[4], convention: numbers[5])
    case 3: self = .processStarted(pid: Int32(numbers[0]), startTime: numbers[1] == 0 ? nil : numbers[1])
    case 4, 8, 21:
      let parts = path.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      self =
        switch kind {
        case 4: .stateChanged(path: text(parts[0]), undoText: text(parts[1]))
        case 8: .fileMoved(path: FilePath(parts[0]), to: FilePath(parts[1]))
        default: .cgroupMade(hierarchy: text(parts[0]), path: text(parts[1]))
        }
    case 5:
      guard let firewall = Firewall(rawValue: numbers[0]) else { return nil }
      self = .firewallChanged(
        firewall, undoText: String(decoding: path, as: UTF8.self),
        in: numbers[1] == 0 ? nil : NetworkNamespace(inode: numbers[1]))
    case 7:
      self = .taskCloned(
        task: Int32(numbers[0]), clone: Int32(numbers[1]), startTime: numbers[2], number: Int32(numbers[3]))
    case 20: self = .segmentMade(id: Int32(truncatingIfNeeded: numbers[0]), key: UInt32(numbers[1]))
    default: return nil
    }
  }
}
