internal import Images
internal import Linux

/// A lock as a line "lock:" of fdinfo shows it (/proc/locks of proc(5)), or as a record of filelocks.img has it.
struct FileLock: Hashable {
  /// file_lock_entry.flag
  enum Kind: UInt32 {
    /// Of a task, on a range: fcntl(2), F_SETLK.
    case posix = 1
    /// Of an open file, whole: flock(2).
    case whole = 2
    /// Of an open file, on a range: F_OFD_SETLK.
    case openFile = 4
    case lease = 8
  }

  let kind: Kind
  /// F_RDLCK 0, F_WRLCK 1, F_UNLCK 2; of old kernels, a mandatory argument of flock(2) above 31.
  let type: UInt32
  let start: Int64
  /// 0 for all up to the end of the file.
  let byteCount: Int64
  /// A lease that somebody waits for.
  var isBreaking = false

  /// - Parameter line: "1: POSIX  ADVISORY  WRITE 1234 08:01:5678 0 EOF", what follows "lock:".
  /// - Returns: `nil` for a line of another form.
  init?(parsing line: some StringProtocol) {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard words.count >= 8 else { return nil }
    switch words[1] {
    case "POSIX": kind = .posix
    case "FLOCK": kind = .whole
    case "OFDLCK": kind = .openFile
    case "LEASE": kind = .lease
    default: return nil
    }
    isBreaking = words[2] == "BREAKING"
    switch words[3] {
    case "READ": type = 0
    case "WRITE": type = 1
    case "UNLCK": type = 2
    default: return nil
    }
    guard let first = Int64(words[6]) else { return nil }
    if kind == .whole || kind == .lease {
      (start, byteCount) = (0, 0)
    } else if words[7] == "EOF" {
      (start, byteCount) = (first, 0)
    } else {
      guard let last = Int64(words[7]), last >= first else { return nil }
      (start, byteCount) = (first, last - first + 1)
    }
  }

  /// - Returns: `nil` for a kind that is not known.
  init?(_ record: FileLockEntry) {
    guard let kind = Kind(rawValue: record.flag) else { return nil }
    self.kind = kind
    isBreaking = kind == .lease && record.type & FileLock.breaking != 0
    type = isBreaking ? record.type & ~FileLock.breaking : record.type
    start = record.start
    byteCount = record.len
  }

  /// Added to the type of a lease that is being broken.
  private static let breaking: UInt32 = 4

  /// - Parameters:
  ///   - pid: Of the task that holds the descriptor, as the tree sees it.
  func record(pid: Int32, number: CInt) -> FileLockEntry {
    FileLockEntry {
      $0.flag = kind.rawValue
      $0.type = isBreaking ? type | FileLock.breaking : type
      $0.pid = pid
      $0.fd = number
      $0.start = start
      $0.len = byteCount
    }
  }

  /// Takes the lock again, in the task and at the descriptor that had it.
  ///
  /// - Throws: `EAGAIN` somebody else holds it.
  func take(at file: BorrowedFD, _ subject: String) throws(Failure) {
    let remedy = "Have the process that holds the lock now let it go."
    switch kind {
    case .posix: try file.lockRange(type: type, start: start, byteCount: byteCount, ofTask: true, subject, remedy: remedy)
    case .openFile:
      try file.lockRange(type: type, start: start, byteCount: byteCount, ofTask: false, subject, remedy: remedy)
    case .whole: try file.lockWhole(type: type, subject, remedy: remedy)
    case .lease where isBreaking: try takeBrokenLease(at: file, subject, remedy: remedy)
    case .lease: try file.takeLease(type: type, subject, remedy: remedy)
    }
  }

  private static let readLease: UInt32 = 0
  private static let writeLease: UInt32 = 1

  /// A lease that somebody waits for, so that the kernel ends it or makes it one for reading soon: taken whole, and
  /// then broken by an open. The holder was told before the dump, so the file has no owner meanwhile.
  private func takeBrokenLease(at file: BorrowedFD, _ subject: String, remedy: String) throws(Failure) {
    let isReadOnly = UInt32(bitPattern: try file.flags(subject)) & FileFlags.accessMode == FileFlags.readOnly
    let toRead = type == FileLock.readLease
    let settings = try file.signalSettings(subject)
    try file.takeLease(
      type: !toRead && isReadOnly ? FileLock.readLease : FileLock.writeLease, subject, remedy: remedy)
    try file.clearOwner(subject)
    let breaker = (toRead ? FileFlags.readOnly : FileFlags.writeOnly) | FileFlags.nonBlocking
    do throws(Failure) {
      BorrowedFD(try file.reopened(flags: breaker, subject)).close()
    } catch {
      guard error.errno == .tryAgain else { throw error }
    }
    try file.setSignalSettings(settings, subject)
  }
}
