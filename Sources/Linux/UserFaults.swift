internal import CLinux
internal import Glibc

/// Missing pages of a process, handed to whoever holds this descriptor (userfaultfd(2)). It belongs to the memory of the
/// process that opened it, whoever holds it. When the last copy is closed, what is missing becomes zero: before that,
/// every page must be there, or poisoned.
public final class UserFaults: Sendable {
  private let descriptor: OwnedFD
  /// What the caller calls it: "the memory of pid 12".
  public let subject: String

  public init(adopting descriptor: consuming OwnedFD, subject: String) {
    self.descriptor = descriptor
    self.subject = subject
  }

  /// For the memory of the calling process, which is to tell of its forks, moves and unmaps. It never blocks a reader.
  ///
  /// - Throws: `EPERM` without CAP_SYS_PTRACE where vm.unprivileged_userfaultfd is 0, `EINVAL` a kernel before 4.11.
  public static func open(_ subject: String) throws(Failure) -> OwnedFD {
    let descriptor = OwnedFD(
      adopting: CInt(
        try check("open a descriptor for missing pages", subject, remedy: kernelRemedy) {
          systemCall(SystemCall(SYS_userfaultfd), Int(O_CLOEXEC | O_NONBLOCK))
        }))
    let apiNumber: UInt64 = 0xAA
    var words: [UInt64] = [apiNumber, events, 0]
    try check("hear of forks, moves and unmaps", subject, remedy: kernelRemedy) {
      words.withUnsafeMutableBytes {
        systemCall(SystemCall(SYS_ioctl), Int(descriptor.borrowed().raw), Request.api, Int(bitPattern: $0.baseAddress))
      }
    }
    return descriptor
  }

  public var borrowed: BorrowedFD { descriptor.borrowed() }

  // MARK: Ranges

  /// From now on, who touches a page there that is missing waits for it.
  public func register(_ range: Range<UInt64>) throws(Failure) {
    let forMissingPages: UInt64 = 1
    let result = call(Request.register, [range.lowerBound, UInt64(range.count), forMissingPages, 0])
    guard let errno = result.errno else { return }
    throw Failure(
      "register memory whose pages come later", "\(subject), 0x\(String(range.lowerBound, radix: 16))", errno,
      remedy: UserFaults.kernelRemedy)
  }

  /// Pages that are missing there are zero from now on; whoever waits goes on.
  ///
  /// - Returns: `nil`, or why not: mostly, that nothing is mapped there any more.
  @discardableResult
  public func unregister(_ range: Range<UInt64>) -> Errno? {
    call(Request.unregister, [range.lowerBound, UInt64(range.count)]).errno
  }

  /// Lets whoever waits for a page of this range look again.
  public func wake(_ range: Range<UInt64>) { _ = call(Request.wake, [range.lowerBound, UInt64(range.count)]) }

  /// Whether the process still has its memory.
  public var hasProcess: Bool {
    let last = UserFaults.everywhere.upperBound
    return zero((last - 4096)..<last).errno != .noProcess
  }

  /// All addresses that a program on x86_64 can have.
  public static let everywhere: Range<UInt64> = 0x1_0000..<0x7fff_ffff_f000

  // MARK: Pages

  /// How far a call came, and why it stopped. `tryAgain` with nothing done: an event waits, which must be read first.
  public struct Progress: Hashable, Sendable {
    public let byteCount: Int
    public let errno: Errno?
  }

  /// Puts pages in place, and wakes who waits for them (UFFDIO_COPY).
  ///
  /// - Returns: Errors: `EEXIST` the next page is there, `ENOENT` the range is not within one registered mapping,
  ///   `ESRCH` the process is gone.
  public func copy(_ bytes: UnsafeRawBufferPointer, to address: UInt64) -> Progress {
    progress(
      Request.copy, [address, UInt64(UInt(bitPattern: bytes.baseAddress)), UInt64(bytes.count), 0, 0], of: bytes.count)
  }

  /// The same with zeros (UFFDIO_ZEROPAGE).
  public func zero(_ range: Range<UInt64>) -> Progress {
    progress(Request.zero, [range.lowerBound, UInt64(range.count), 0, 0], of: range.count)
  }

  /// Who touches a missing page there gets SIGBUS, from now on and for good (UFFDIO_POISON, Linux 6.6).
  public func poison(_ range: Range<UInt64>) -> Progress {
    progress(Request.poison, [range.lowerBound, UInt64(range.count), 0, 0], of: range.count)
  }

  private func progress(_ request: Int, _ words: [UInt64], of byteCount: Int) -> Progress {
    let result = call(request, words)
    if result.errno == nil { return Progress(byteCount: byteCount, errno: nil) }
    // The last word says how much was done, or why not.
    let done = Int(Int64(bitPattern: result.words.last!))
    return Progress(byteCount: max(done, 0), errno: result.errno)
  }

  private func call(_ request: Int, _ words: [UInt64]) -> (words: [UInt64], errno: Errno?) {
    var words = words
    while true {
      let result = words.withUnsafeMutableBytes {
        systemCall(SystemCall(SYS_ioctl), Int(descriptor.borrowed().raw), request, Int(bitPattern: $0.baseAddress))
      }
      let errno = Errno(result: result)
      if errno != .interrupted { return (words, errno) }
    }
  }

  // MARK: Events

  public enum Event: Sendable {
    /// Somebody waits for this page.
    case fault(UInt64)
    /// The memory of a child, which misses what this one misses. The descriptor is the reader's.
    case fork(CInt)
    case moved(from: UInt64, to: UInt64, byteCount: UInt64)
    /// The contents were given up (madvise(2)).
    case removed(Range<UInt64>)
    case unmapped(Range<UInt64>)
  }

  /// What happened, some at a time.
  ///
  /// - Returns: Empty when nothing waits; `nil` when the process is gone.
  public func read() throws(Failure) -> [Event]? {
    let limit = 16
    var words = [UInt64](repeating: 0, count: limit * UserFaults.messageWords)
    let result = words.withUnsafeMutableBytes {
      systemCall(SystemCall(SYS_read), Int(descriptor.borrowed().raw), Int(bitPattern: $0.baseAddress), $0.count)
    }
    if let errno = Errno(result: result) {
      if errno == .tryAgain || errno == .interrupted { return [] }
      if errno == .noProcess { return nil }
      throw Failure(
        "hear what its memory needs", subject, errno,
        remedy: "Raise the limit of open files (ulimit -n): each child that it forks takes one.")
    }
    return stride(from: 0, to: result / 8, by: UserFaults.messageWords).compactMap { UserFaults.event(words[$0...]) }
  }

  /// struct uffd_msg: the kind in the first byte, then three words.
  private static func event(_ message: ArraySlice<UInt64>) -> Event? {
    let (a, b, c) = (message.startIndex + 1, message.startIndex + 2, message.startIndex + 3)
    switch message.first! & 0xff {
    case 0x12: return .fault(message[b] / 4096 * 4096)
    case 0x13: return .fork(CInt(truncatingIfNeeded: message[a] & 0xffff_ffff))
    case 0x14: return .moved(from: message[a], to: message[b], byteCount: message[c])
    case 0x15: return .removed(message[a]..<max(message[a], message[b]))
    case 0x16: return .unmapped(message[a]..<max(message[a], message[b]))
    default: return nil
    }
  }

  /// UFFD_FEATURE_EVENT_FORK, EVENT_REMAP, EVENT_REMOVE, EVENT_UNMAP.
  private static let events: UInt64 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6
  private static let messageWords = 4
  private static let kernelRemedy = """
    Restore without --lazy-pages, or as root on a kernel that has all of criu check --feature uffd-noncoop.
    """

  /// UFFDIO_ numbers of linux/userfaultfd.h; the kernel headers of Debian 12 lack the last.
  private enum Request {
    static let api = 0xC018_AA3F
    static let register = 0xC020_AA00
    static let unregister = 0x8010_AA01
    static let wake = 0x8010_AA02
    static let copy = 0xC028_AA03
    static let zero = 0xC020_AA04
    static let poison = 0xC020_AA08
  }
}
