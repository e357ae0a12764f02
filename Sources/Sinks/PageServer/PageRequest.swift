internal import Linux
public import Streams

/// One record of the page server's protocol: what the client asks, and the head of pages in both directions.
///
/// 32 bytes in the machine's own order: u32 command in the low half, page flags in the high half; u32 that nobody reads
/// (4.2 leaves what was on its stack there); u64 pages, u64 address or offset, u64 image.
public struct PageRequest: Hashable, Sendable {
  public enum Command: UInt32, Sendable, CaseIterable {
    /// Pages follow. Old form of `addFlagged` with `PageFlags.present`.
    case add = 1
    /// Pages that the parent set has. Old form of `addFlagged` with `PageFlags.parent`.
    case hole = 2
    /// Begins an image; no answer. Old form of `open`.
    case openSilently = 3
    /// Begins an image. Answer: a byte, 1 where the parent set has this image too.
    case open = 4
    /// Answer: i32, 1 where the parent set has this image.
    case hasParent = 5
    /// Pages follow where the flags say present. From a lazy server: answers `get`.
    case addFlagged = 6
    /// Asks a lazy server for pages. The image is the bare pid.
    case get = 7
    /// All was sent. Answer: i32, 0 when all was received and kept.
    case close = 0x1023
    /// The same, of a client that may not be the last to hold its socket.
    case forceClose = 0x1024
  }

  public static let byteCount = 32

  public let command: Command
  public let flags: PageFlags
  public let pageCount: UInt64
  /// In the task, or in the shared object.
  public let address: UInt64
  /// See `PagesID.wireNumber`.
  public let image: UInt64

  public init(_ command: Command, flags: PageFlags = [], pageCount: UInt64 = 0, address: UInt64 = 0, image: UInt64 = 0) {
    self.command = command
    self.flags = flags
    self.pageCount = pageCount
    self.address = address
    self.image = image
  }

  /// The head of a run of pages.
  public init(_ run: PageRun, of id: PagesID) {
    self.init(
      .addFlagged, flags: run.flags, pageCount: UInt64(run.pageCount), address: run.address, image: id.wireNumber)
  }

  /// - Parameter words: The four words of a record.
  /// - Returns: `nil` for a command that there is none of.
  public init?(words: [UInt64]) {
    guard let command = Command(rawValue: UInt32(words[0] & 0xffff)) else { return nil }
    let flags = UInt32(truncatingIfNeeded: words[0]) >> 16
    self.init(
      command, flags: PageFlags(rawValue: flags), pageCount: words[1], address: words[2], image: words[3])
  }

  /// What goes over the wire; little-endian, as all machines are that the engine runs on.
  public var words: [UInt64] { [UInt64(command.rawValue | flags.rawValue << 16), pageCount, address, image] }

  /// The run that a record of pages is the head of.
  ///
  /// - Returns: `nil` where no program can have such pages, or for flags that there are none of.
  public var run: PageRun? {
    let flags: PageFlags =
      switch command {
      case .add: .present
      case .hole: .parent
      default: self.flags
      }
    guard pageCount <= PageRequest.lastAddress / UInt64(pageSize), address <= PageRequest.lastAddress,
      flags.subtracting([.present, .lazy, .parent]).isEmpty, !flags.isEmpty
    else { return nil }
    let run = PageRun(address: address, pageCount: Int(pageCount), flags: flags)
    return run.isWellFormed && run.end <= PageRequest.lastAddress ? run : nil
  }

  /// The user's half of the largest address space of x86_64 (five levels of page tables).
  private static let lastAddress: UInt64 = 1 << 56
}

extension PagesID {
  private static let typeBits: UInt64 = 8
  private static let task: UInt64 = 1
  private static let shared: UInt64 = 2
  /// What versions before 3.3 wrote.
  private static let oldTasks: Set<UInt64> = [10, 11, 16, 17]
  private static let oldShared: Set<UInt64> = [27, 28, 29, 32, 33, 34]
  /// PID_MAX_LIMIT of the kernel.
  private static let lastPid: UInt64 = 1 << 22

  /// The image's number in a record: its type in the low byte, the id above.
  public var wireNumber: UInt64 {
    switch self {
    case .task(let pid): UInt64(pid) << PagesID.typeBits | PagesID.task
    case .shared(let id): id << PagesID.typeBits | PagesID.shared
    }
  }

  /// - Returns: `nil` for an unknown type, or a pid that no process can have.
  public init?(wireNumber: UInt64) {
    let type = wireNumber & 0xff
    let id = wireNumber >> PagesID.typeBits
    if type == PagesID.task || PagesID.oldTasks.contains(type) {
      guard (1...PagesID.lastPid).contains(id) else { return nil }
      self = .task(UInt32(id))
    } else if type == PagesID.shared || PagesID.oldShared.contains(type) {
      self = .shared(id)
    } else {
      return nil
    }
  }
}
