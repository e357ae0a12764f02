internal import CParasite
internal import Images
internal import Linux
internal import Streams

/// The memory of one task being restored; runs in that task.
///
///     fill(from:)          before its children are cloned: they inherit what is filled
///     mapFilesForChildren  before its children are cloned: they inherit files that both map
///     mapFiles(_:)         once its files can be opened; closes them again
///     mapPacketRings(_:)   once its sockets stand at their numbers
///     lastSteps(in:)       what the blob does when all else is unmapped
final class TaskMemoryRestore {
  /// As the tree sees it.
  let pid: Int32
  let subject: String
  let record: MmEntry
  /// Ascending, without ranges of guard pages.
  let mappings: [RestoredMapping]
  /// Where each mapping waits in the arena, or stands in its place; `nil` for one that the blob makes itself.
  var places: [MemoryArena.Place?]
  /// Ranges of the task's own addresses that have pages of its images, ascending.
  private(set) var filled: [Range<UInt64>] = []

  let arena: MemoryArena
  /// What this process inherited.
  let parent: TaskMemoryRestore?
  let vdso: Vdso?
  /// For each mapping the first and the last of those plain ones next to it that are mapped at once.
  private let units: [ClosedRange<Int>]
  /// For each mapping where the parent's contents of it are; they are its own once `places` has the same. None of files
  /// that the parent mapped whole.
  let inherited: [MemoryArena.Place?]
  /// Whether a mapping in the arena needs no mprotect(2) any more.
  var hasFinalProtection: [Bool]
  /// Whether a locked mapping is locked already.
  private(set) var isLocked: [Bool]
  /// The pages of the task's vdso, as far as the images have them.
  var vdsoImage: [UInt8] = []
  /// Whether they stay, and jump into the running kernel's.
  var proxiesVdso = false

  /// - Parameters:
  ///   - parent: Of the task that this process was cloned from, filled; `nil` for the root.
  ///   - vdso: The running kernel's.
  /// - Throws: `EBADMSG` mappings out of order, `EOPNOTSUPP` one that we cannot restore.
  init(
    pid: Int32, subject: String, record: MmEntry, arena: MemoryArena, parent: TaskMemoryRestore?, vdso: Vdso?
  ) throws(Failure) {
    self.pid = pid
    self.subject = subject
    self.record = record
    self.arena = arena
    self.parent = parent
    self.vdso = vdso
    mappings = try TaskMemoryRestore.mappings(of: record, subject: subject, vdso: vdso)
    places = Array(repeating: nil, count: mappings.count)
    inherited = TaskMemoryRestore.inherited(mappings, from: parent)
    units = TaskMemoryRestore.units(of: mappings, inherited: inherited)
    hasFinalProtection = Array(repeating: false, count: mappings.count)
    isLocked = hasFinalProtection
  }

  /// Tells all mappings apart and checks what can be checked before any process is touched.
  static func mappings(of record: MmEntry, subject: String, vdso: Vdso?) throws(Failure) -> [RestoredMapping] {
    let all = record.vmas.map { RestoredMapping($0) }.filter { $0.kind != .guardPages }
    var end: UInt64 = 0
    for mapping in all {
      guard mapping.entry.start >= end, mapping.entry.end > mapping.entry.start else {
        throw Failure(
          "restore the memory", "\(mapping.subject) of \(subject), which is out of order", .badMessage,
          remedy: "The image is damaged: restore from another copy of the set.")
      }
      end = mapping.entry.end
      if case .unsupported(let what) = mapping.kind {
        throw Failure(
          "restore the memory", "\(mapping.subject) of \(subject): \(what)", .notSupported,
          remedy: "Dump the program again without it.")
      }
      guard end <= AddressPlan.addressLimit || mapping.kind == .vsyscall else {
        throw Failure(
          "restore the memory", "\(mapping.subject) of \(subject), above 47 bits", .notSupported,
          remedy: "Dump the program again on a kernel with four levels of page tables.")
      }
    }
    try Vdso.check(all, subject: subject, running: vdso)
    return all
  }

  // MARK: Places

  /// Below this a mapping that is not writable may wait together with its writable neighbours.
  private static let smallByteCount = 1 << 20

  /// For each mapping its place within the parent's, which this process has a copy of.
  private static func inherited(_ mappings: [RestoredMapping], from parent: TaskMemoryRestore?) -> [MemoryArena.Place?] {
    guard let parent else { return Array(repeating: nil, count: mappings.count) }
    var next = 0
    return mappings.map { mapping in
      while next < parent.mappings.count, parent.mappings[next].entry.end <= mapping.entry.start { next += 1 }
      guard next < parent.mappings.count, mapping.isPart(of: parent.mappings[next]),
        let place = parent.places[next], !parent.hasFinalProtection[next]
      else { return nil }
      let offset = mapping.entry.start - parent.mappings[next].entry.start
      return MemoryArena.Place(address: place.address + offset, block: place.block)
    }
  }

  private static func units(of mappings: [RestoredMapping], inherited: [MemoryArena.Place?]) -> [ClosedRange<Int>] {
    func joins(_ index: Int) -> Bool {
      index > 0 && inherited[index - 1] == nil && inherited[index] == nil && canJoin(mappings[index - 1])
        && canJoin(mappings[index]) && mappings[index - 1].entry.end == mappings[index].entry.start
    }
    var units: [ClosedRange<Int>] = []
    var first = 0
    for index in mappings.indices {
      if !joins(index) { first = index }
      let isLast = index + 1 == mappings.count || !joins(index + 1)
      if isLast { units += Array(repeating: first...index, count: index - first + 1) }
    }
    return units
  }

  /// A large range that nobody can write, such as a reserve of addresses, would count as memory when it is filled.
  private static func canJoin(_ mapping: RestoredMapping) -> Bool {
    mapping.isPlain && !mapping.hasHugePages && (mapping.entry.prot & 2 != 0 || mapping.byteCount < smallByteCount)
  }

  /// PROT_READ and PROT_WRITE, which every mapping with contents has until it is in its place.
  static let filling: UInt32 = 3

  /// Where the contents of a mapping go: into the parent's, if this is its mapping, or into a new one.
  func place(of index: Int, files: MappingFiles) throws(Failure) -> MemoryArena.Place {
    if let place = places[index] ?? inherited[index] {
      places[index] = place
      return place
    }
    switch mappings[index].kind {
    case .anonymous, .aioRing, .vdso: try mapUnit(units[index])
    default: places[index] = try mapFile(index, files: files, protection: TaskMemoryRestore.filling)
    }
    return places[index]!
  }

  private func mapUnit(_ unit: ClosedRange<Int>) throws(Failure) {
    let target = mappings[unit.lowerBound].entry.start..<mappings[unit.upperBound].entry.end
    let first = mappings[unit.lowerBound]
    let place = try arena.take(for: target, pageByteCount: first.pageByteCount, mayStand: first.kind == .anonymous)
    try mapFixed(
      place.address..<(place.address + UInt64(target.count)), protection: TaskMemoryRestore.filling,
      flags: first.mapFlags)
    if first.hasHugePages { adviseHugePages(place.address..<(place.address + UInt64(target.count))) }
    for member in unit {
      places[member] = MemoryArena.Place(
        address: place.address + mappings[member].entry.start - target.lowerBound, block: place.block)
    }
  }

  /// Locks mappings of which every page is there. It must be before children are cloned: a lock gives the task a copy of
  /// its own of each page that it shares.
  func lockWhatIsWhole() throws(Failure) {
    for (index, mapping) in mappings.enumerated() where mapping.isLocked {
      guard let place = places[index], hasAllPages(mapping.range) else { continue }
      try lockPages(place.address..<(place.address + UInt64(mapping.byteCount)))
      isLocked[index] = true
    }
  }

  private func hasAllPages(_ range: Range<UInt64>) -> Bool {
    let parts = filledParts(of: range)
    return parts.count == 1 && parts[0] == range
  }

  func noteFilled(_ range: Range<UInt64>) {
    if let last = filled.last, last.upperBound == range.lowerBound {
      filled[filled.count - 1] = last.lowerBound..<range.upperBound
    } else {
      filled.append(range)
    }
  }
}
