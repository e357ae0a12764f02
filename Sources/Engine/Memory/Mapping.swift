internal import Images
internal import Linux

/// A mapping of a task, told apart by what a dump stores of it.
struct Mapping: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// Private memory of the task alone; the heap is named in images.
    case anonymous, heap
    /// Of a file with a path, private or shared.
    case file
    /// Of an object of the kernel's own tmpfs or hugetlbfs: a memfd, or shared anonymous memory.
    case sharedMemory
    /// A segment of shmget(2).
    case sysV
    /// The ring of an AIO context.
    case aioRing
    /// The rings of a packet socket, which are the socket's own memory.
    case packetRing
    case vdso, vvar, vsyscall
    /// Those of the kernel beside a proxy (`VdsoProxy.settle`), stored as anonymous memory: the code, and zeros.
    case leftVdso, leftVvar
  }

  let kind: Kind
  /// As the kernel shows it.
  var entry: MapsEntry

  var range: Range<UInt64> { entry.range }
  var isShared: Bool { entry.isShared }

  /// Whether the image has pages of it in the task's own pagemap.
  var hasPages: Bool {
    switch kind {
    case .anonymous, .heap, .file, .sharedMemory: !entry.isShared && !entry.flags.contains(.droppable)
    case .vdso, .leftVdso, .aioRing: true
    case .sysV, .packetRing, .vvar, .leftVvar, .vsyscall: false
    }
  }

  /// Whether its pages may be served later, by userfaultfd.
  var isLazy: Bool {
    (kind == .anonymous || kind == .heap) && hasPages && !entry.flags.contains(.locked)
      && !entry.flags.contains(.hugetlb)
  }

  /// Whether a clone of the task does not have it, or has something else there.
  var isUncloned: Bool { kind == .aioRing || !entry.flags.isDisjoint(with: [.dontFork, .wipeOnFork, .hugetlb]) }

  /// How its pages are read from outside. process_vm_readv(2) would give the task its own copy of each page that it
  /// still shares since a fork, so it is kept for memory where nothing is shared.
  var readingWay: TaskPages.Piece.Way {
    let isShared = entry.sharedDirtyByteCount > 0 || (kind != .file && entry.sharedCleanByteCount > 0)
    return isReadable && !isShared ? .vector : .memoryFile
  }

  /// Whether the task itself may read it.
  var isReadable: Bool { entry.protection & 1 != 0 }

  /// For errors: "mapping 7f0000000000-7f0000001000 of pid 12 (name)".
  func subject(of task: String) -> String {
    "mapping \(String(entry.start, radix: 16))-\(String(entry.end, radix: 16)) of \(task)"
  }
}

extension Mapping {
  // What images call a mapping (vma_entry.status).
  private static let regular: UInt32 = 1 << 0
  private static let vsyscallBit: UInt32 = 1 << 2
  private static let vdsoBit: UInt32 = 1 << 3
  private static let heapBit: UInt32 = 1 << 5
  private static let privateFile: UInt32 = 1 << 6
  private static let sharedFile: UInt32 = 1 << 7
  private static let sharedAnonymous: UInt32 = 1 << 8
  private static let privateAnonymous: UInt32 = 1 << 9
  private static let sysVBit: UInt32 = 1 << 10
  private static let socket: UInt32 = 1 << 11
  private static let vvarBit: UInt32 = 1 << 12
  private static let aioRingBit: UInt32 = 1 << 13
  private static let memfd: UInt32 = 1 << 14

  private var status: UInt32 {
    switch kind {
    case .anonymous, .leftVdso, .leftVvar: Mapping.regular | Mapping.privateAnonymous
    case .heap: Mapping.regular | Mapping.privateAnonymous | Mapping.heapBit
    case .file: Mapping.regular | (isShared ? Mapping.sharedFile : Mapping.privateFile)
    case .sharedMemory: Mapping.regular | Mapping.memfd | (isShared ? Mapping.sharedFile : Mapping.privateFile)
    case .sysV: Mapping.regular | Mapping.sharedAnonymous | Mapping.sysVBit
    case .aioRing: Mapping.aioRingBit
    case .packetRing: Mapping.regular | Mapping.socket
    case .vdso: Mapping.regular | Mapping.privateAnonymous | Mapping.vdsoBit
    case .vvar: Mapping.regular | Mapping.privateAnonymous | Mapping.vvarBit
    case .vsyscall: Mapping.privateAnonymous | Mapping.vsyscallBit
    }
  }

  /// MAP_ flags with which mmap(2) makes such a mapping.
  private var mapFlags: UInt32 {
    let shared: UInt32 = 0x01, `private`: UInt32 = 0x02, droppable: UInt32 = 0x08, anonymous: UInt32 = 0x20
    var flags: UInt32
    switch kind {
    case .file, .sharedMemory, .packetRing: flags = isShared ? shared : `private`
    case .sysV: flags = shared | anonymous
    case .aioRing: flags = shared
    case .anonymous, .heap, .vdso, .vvar, .vsyscall, .leftVdso, .leftVvar:
      flags = anonymous | (entry.flags.contains(.droppable) ? droppable : `private`)
    }
    if entry.flags.contains(.growsDown) { flags |= 0x100 }
    if entry.flags.contains(.locked) { flags |= 0x2000 }
    if entry.flags.contains(.noReserve) { flags |= 0x4000 }
    if entry.flags.contains(.hugetlb) {
      flags |= 0x40000
      if kind != .sysV { flags |= UInt32(entry.pageByteCount.trailingZeroBitCount) << 26 }
    }
    return flags
  }

  /// One bit for each MADV_ number whose effect stands.
  private var advice: UInt64 {
    var bits: UInt64 = 0
    for (flag, advice) in Mapping.adviceOfFlags where entry.flags.contains(flag) { bits |= 1 << advice }
    return bits
  }

  static let adviceOfFlags: [(VmFlags, UInt64)] = [
    (.random, 1), (.sequential, 2), (.dontFork, 10), (.mergeable, 12), (.hugePages, 14), (.noHugePages, 15),
    (.dontDump, 16), (.wipeOnFork, 18),
  ]

  /// Its record.
  ///
  /// - Parameters:
  ///   - id: Of the file or memfd record, or of the SysV segment; 0 for other kinds.
  ///   - accessMode: How the file was open; `nil` for what has no file.
  func record(id: UInt64, accessMode: UInt32?) -> VmaEntry {
    VmaEntry {
      $0.start = entry.start
      $0.end = entry.end
      $0.pgoff = [.vdso, .vvar, .leftVdso, .leftVvar].contains(kind) ? 0 : entry.offset
      $0.shmid = id
      $0.prot = entry.protection
      $0.flags = mapFlags
      $0.status = status
      $0.fd = -1
      $0.madv = advice == 0 ? nil : advice
      $0.fdflags = accessMode
    }
  }

  /// The pseudo record of a range of guard pages.
  static func guardRecord(_ range: Range<UInt64>) -> VmaEntry {
    VmaEntry {
      $0.start = range.lowerBound
      $0.end = range.upperBound
      $0.status = 1 << 16
      $0.fd = -1
    }
  }
}
