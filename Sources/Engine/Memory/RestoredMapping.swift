internal import Images
internal import Linux

/// A mapping's record, told apart by what a restore does for it.
struct RestoredMapping {
  enum Kind: Hashable {
    case anonymous
    case file
    /// Of a memfd: `shmid` is the id of its record in files.img.
    case memfd
    /// Of an object that only its number tells: `shmid`.
    case sharedAnonymous
    /// A segment of shmget(2): `shmid` is its number.
    case sysV
    /// The ring of an AIO context; its contents wait in private memory.
    case aioRing
    /// The rings of the packet socket whose record is `shmid`.
    case packetRing
    case vdso, vvar, vsyscall
    case guardPages
    /// What we cannot restore, by its name.
    case unsupported(String)
  }

  let entry: VmaEntry
  let kind: Kind

  init(_ entry: VmaEntry) {
    self.entry = entry
    kind = RestoredMapping.kind(of: entry)
  }

  var range: Range<UInt64> { entry.start..<max(entry.start, entry.end) }
  var byteCount: Int { range.count }
  /// "mapping 7f0000000000-7f0000001000"
  var subject: String { "mapping \(String(entry.start, radix: 16))-\(String(entry.end, radix: 16))" }
  var isShared: Bool { entry.flags & 0x01 != 0 }
  var isLocked: Bool { entry.flags & RestoredMapping.locked != 0 }
  var isHuge: Bool { entry.flags & 0x40000 != 0 }

  /// MAP_ flags for mmap(2); locked memory is locked last.
  var mapFlags: UInt32 {
    kind == .aioRing ? RestoredMapping.private | RestoredMapping.anonymous : entry.flags & ~RestoredMapping.locked
  }

  /// Whether a pagemap may have pages of it.
  var hasPages: Bool {
    switch kind {
    case .anonymous: entry.flags & RestoredMapping.private != 0
    case .file, .memfd: !isShared
    case .aioRing: true
    case .sharedAnonymous, .sysV, .packetRing, .vdso, .vvar, .vsyscall, .guardPages, .unsupported: false
    }
  }

  /// Whether pages of it may come when the task runs.
  var canBeLazy: Bool { kind == .anonymous && hasPages && !isLocked && !isHuge }

  /// Plain memory, of which several mappings next to each other may wait in the arena as one.
  var isPlain: Bool {
    kind == .anonymous && entry.flags == RestoredMapping.private | RestoredMapping.anonymous
  }

  /// Whether it was to have transparent huge pages, so that its pages are to come as such (MADV_HUGEPAGE).
  var hasHugePages: Bool {
    kind == .anonymous && !isHuge && (entry.madv ?? 0) >> 14 & 1 == 1 && byteCount >= 2 << 20
  }

  /// A page of it, in bytes.
  var pageByteCount: UInt64 {
    guard isHuge else { return 4096 }
    let bits = entry.flags >> 26 & 63
    return 1 << UInt64(bits == 0 ? 21 : bits)
  }

  /// Whether a child's mapping can be what it has, all or a part, of a parent's mapping since it was forked: it may have
  /// unmapped the rest, or given it another protection.
  func isPart(of other: RestoredMapping) -> Bool {
    let offset = entry.start &- other.entry.start
    return entry.start >= other.entry.start && entry.end <= other.entry.end && mapFlags == other.mapFlags
      && kind == other.kind && entry.shmid == other.entry.shmid
      && (kind == .anonymous || entry.pgoff &- other.entry.pgoff == offset)
  }

  private static let `private`: UInt32 = 0x02
  private static let anonymous: UInt32 = 0x20
  private static let locked: UInt32 = 0x2000

  private static func kind(of entry: VmaEntry) -> Kind {
    func has(_ bit: UInt32) -> Bool { entry.status & (1 << bit) != 0 }
    if has(16) { return .guardPages }
    if has(2) { return .vsyscall }
    if has(3) { return .vdso }
    if has(12) { return .vvar }
    if has(10) { return .sysV }
    if has(11) { return .packetRing }
    if has(13) { return .aioRing }
    if has(15) { return .unsupported("a shadow stack") }
    if has(27) { return .unsupported("a device's memory, which a plugin stored") }
    if has(14) { return .memfd }
    if has(6) || has(7) { return .file }
    if has(8) { return .sharedAnonymous }
    if has(9) { return .anonymous }
    return .unsupported("a mapping of status 0x\(String(entry.status, radix: 16))")
  }
}
