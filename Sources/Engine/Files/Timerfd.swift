internal import Images
internal import Linux

/// A timer to wait on (timerfd_create(2)). The image holds the time that was left when it was dumped: restored, the
/// timer goes on from there.
enum Timerfd: FileKind {
  static var type: FdTypes { .timerfd }

  private static let absolute: UInt32 = 1

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    try descriptor.isAnonymous("[timerfd]")
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    try descriptor.file.catchUpTimer()
    var record = try record(descriptor.info(), descriptor.subject)
    record.id = id
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.tfd = record
    }
  }

  static func record(_ info: FDInfo, _ subject: String) throws(Failure) -> TimerfdEntry {
    var record = TimerfdEntry()
    record.clockid = UInt32(truncatingIfNeeded: try info.number("clockid:", radix: 10, subject))
    record.ticks = try info.number("ticks:", radix: 10, subject)
    record.settimeFlags = UInt32(truncatingIfNeeded: try info.number("settime flags:", radix: 8, subject))
    (record.vsec, record.vnsec) = try info.pair("it_value:", subject)
    (record.isec, record.insec) = try info.pair("it_interval:", subject)
    return record
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.tfd, "tfd")
    guard record.vnsec < 1_000_000_000, record.insec < 1_000_000_000 else {
      throw Failure(
        "use the time", "\(entry.key)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    _ = try ClockReading.now(clock: Int32(bitPattern: record.clockid))
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.tfd, "tfd")
      let file = try makeTimerfd(clock: Int32(bitPattern: record.clockid))
      try file.borrowed().restoreStatusFlags(record.flags, of: entry.key)
      return file
    }
  }

  /// The time that is left begins to run here, when all else is restored.
  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.tfd, "tfd")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
    try arm(BorrowedFD(number), record)
  }

  static func arm(_ timer: BorrowedFD, _ record: TimerfdEntry) throws(Failure) {
    let now = try ClockReading.now(clock: Int32(bitPattern: record.clockid))
    if let setting = setting(record, now: now) {
      try timer.setTimer(setting, flags: record.settimeFlags)
    }
    if record.ticks != 0 { try timer.setTimerTicks(record.ticks) }
  }

  /// - Returns: `nil` for a disarmed timer.
  static func setting(_ record: TimerfdEntry, now: ClockReading) -> TimerSetting? {
    var value = ClockReading(seconds: record.vsec, nanoseconds: record.vnsec)
    let interval = ClockReading(seconds: record.isec, nanoseconds: record.insec)
    if value == .zero {
      // A periodic timer that had run out, in an image by upstream: the time left of its period is not known.
      guard interval != .zero else { return nil }
      value = interval
    }
    if record.settimeFlags & absolute != 0 { value = now + value }
    return TimerSetting(value: value, interval: interval)
  }
}
