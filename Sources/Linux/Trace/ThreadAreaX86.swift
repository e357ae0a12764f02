internal import CLinux

/// A descriptor of 32-bit thread-local storage: struct user_desc (set_thread_area(2)).
public struct ThreadArea: Hashable, Sendable {
  public let entryNumber: UInt32
  public let baseAddress: UInt32
  public let limit: UInt32
  /// Bits: 0 seg_32bit, 1-2 contents, 3 read_exec_only, 4 limit_in_pages, 5 seg_not_present, 6 useable.
  public let flags: UInt32

  public init(entryNumber: UInt32, baseAddress: UInt32, limit: UInt32, flags: UInt32) {
    self.entryNumber = entryNumber
    self.baseAddress = baseAddress
    self.limit = limit
    self.flags = flags
  }

  /// The three that a thread has.
  public static let entryNumbers: ClosedRange<UInt32> = 12...14

  /// Not in use: read_exec_only and seg_not_present.
  public static func empty(_ entryNumber: UInt32) -> ThreadArea {
    ThreadArea(entryNumber: entryNumber, baseAddress: 0, limit: 0, flags: 0x28)
  }
}

extension Tracee {
  /// The descriptors of the stopped thread (PTRACE_GET_THREAD_AREA); empty ones where the kernel has no 32-bit programs.
  public func threadAreas() -> [ThreadArea] {
    ThreadArea.entryNumbers.map { entryNumber in
      var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
      let result = withUnsafeMutableBytes(of: &words) {
        systemCall(
          SystemCall(SYS_ptrace), Tracee.readThreadArea, Int(tid), Int(entryNumber), Int(bitPattern: $0.baseAddress))
      }
      guard result == 0 else { return .empty(entryNumber) }
      return ThreadArea(entryNumber: words.0, baseAddress: words.1, limit: words.2, flags: words.3)
    }
  }

  /// Sets one of the stopped thread's descriptors (PTRACE_SET_THREAD_AREA).
  public func setThreadArea(_ area: ThreadArea) throws(Failure) {
    var words = (area.entryNumber, area.baseAddress, area.limit, area.flags)
    try checked("set the descriptor \(area.entryNumber) of thread-local storage") {
      withUnsafeMutableBytes(of: &words) {
        systemCall(
          SystemCall(SYS_ptrace), Tracee.writeThreadArea, Int(tid), Int(area.entryNumber), Int(bitPattern: $0.baseAddress))
      }
    }
  }

  private static let readThreadArea = 25
  private static let writeThreadArea = 26
}
