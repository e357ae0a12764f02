/// One mapping of a process, as /proc/PID/maps or /proc/PID/smaps shows it (proc_pid_maps(5), proc_pid_smaps(5)).
public struct MapsEntry: Hashable, Sendable {
  /// What the last column says. Of a path only what the kernel itself puts there is told apart.
  public enum Name: UInt8, Hashable, Sendable {
    case none
    case heap, stack, vdso, vvar, vvarClock, vsyscall, uprobes
    /// "/[aio]": the ring of an AIO context.
    case aioRing
    /// "/SYSV00000000": a segment of shmget(2).
    case sysV
    /// "/memfd:..." or "/dev/zero (deleted)": an object of the kernel's own tmpfs or hugetlbfs, if the device says so.
    case memfd, sharedZero
    /// "/anon_hugepage (deleted)"
    case anonymousHuge
    /// "socket:[...]": the ring of a packet socket.
    case socket
    /// Any other path.
    case path
    /// Another name in brackets, given by the program with PR_SET_VMA or by the kernel.
    case bracketed
  }

  public var start: UInt64 = 0
  public var end: UInt64 = 0
  /// PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4.
  public var protection: UInt32 = 0
  public var isShared = false
  /// Bytes into the file.
  public var offset: UInt64 = 0
  /// Of the device that holds the file; both 0 without a file.
  public var deviceMajor: UInt32 = 0
  public var deviceMinor: UInt32 = 0
  public var inode: UInt64 = 0
  public var name = Name.none

  // Only smaps tells these.
  /// Bytes a page of the mapping; more than 4096 for hugetlb.
  public var pageByteCount: UInt64 = 4096
  /// Bytes of it that other processes have mapped too, unchanged since they were read, and changed.
  public var sharedCleanByteCount: UInt64 = 0
  public var sharedDirtyByteCount: UInt64 = 0
  public var flags = VmFlags()

  public init() {}

  public var byteCount: UInt64 { end - start }
  public var range: Range<UInt64> { start..<end }
}

/// The line VmFlags of smaps: two letters a flag.
public struct VmFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// gd: the mapping grows down (MAP_GROWSDOWN).
  public static let growsDown = VmFlags(rawValue: 1 << 0)
  /// pf: pages without struct page.
  public static let pageFrames = VmFlags(rawValue: 1 << 1)
  /// lo: locked (mlock(2)).
  public static let locked = VmFlags(rawValue: 1 << 2)
  /// io: a device's memory.
  public static let inputOutput = VmFlags(rawValue: 1 << 3)
  /// nr: no swap space is set aside (MAP_NORESERVE).
  public static let noReserve = VmFlags(rawValue: 1 << 4)
  /// ht: hugetlb pages.
  public static let hugetlb = VmFlags(rawValue: 1 << 5)
  /// dp: dropped when memory is short (MAP_DROPPABLE).
  public static let droppable = VmFlags(rawValue: 1 << 6)
  /// ss: a shadow stack.
  public static let shadowStack = VmFlags(rawValue: 1 << 7)
  /// uw: armed by userfaultfd for write protection.
  public static let writeProtected = VmFlags(rawValue: 1 << 8)
  /// um: armed by userfaultfd for missing pages.
  public static let missingPages = VmFlags(rawValue: 1 << 9)
  /// sl: sealed (mseal(2)).
  public static let sealed = VmFlags(rawValue: 1 << 10)
  /// sr, rr, dc, dd, mg, hg, nh, wf: what madvise(2) left behind.
  public static let sequential = VmFlags(rawValue: 1 << 16)
  public static let random = VmFlags(rawValue: 1 << 17)
  public static let dontFork = VmFlags(rawValue: 1 << 18)
  public static let dontDump = VmFlags(rawValue: 1 << 19)
  public static let mergeable = VmFlags(rawValue: 1 << 20)
  public static let hugePages = VmFlags(rawValue: 1 << 21)
  public static let noHugePages = VmFlags(rawValue: 1 << 22)
  public static let wipeOnFork = VmFlags(rawValue: 1 << 23)

  /// - Returns: Nothing for a pair of letters that does not matter here.
  init(first: UInt8, second: UInt8) {
    self =
      switch UInt16(first) << 8 | UInt16(second) {
      case 0x6764: .growsDown
      case 0x7066: .pageFrames
      case 0x6c6f: .locked
      case 0x696f: .inputOutput
      case 0x6e72: .noReserve
      case 0x6874: .hugetlb
      case 0x6470: .droppable
      case 0x7373: .shadowStack
      case 0x7577: .writeProtected
      case 0x756d: .missingPages
      case 0x736c: .sealed
      case 0x7372: .sequential
      case 0x7272: .random
      case 0x6463: .dontFork
      case 0x6464: .dontDump
      case 0x6d67: .mergeable
      case 0x6867: .hugePages
      case 0x6e68: .noHugePages
      case 0x7766: .wipeOnFork
      default: VmFlags()
      }
  }
}
