internal import CParasite
internal import Images
internal import Linux

/// A POSIX timer as /proc/PID/timers tells of it:
///
///     ID: 0
///     signal: 60/00007fff86e452a8
///     notify: signal/tid.2634
///     ClockID: 0
struct PosixTimer: Hashable, Sendable {
  var id: Int32 = 0
  var signal: UInt32 = 0
  /// sigev_value.
  var value: UInt64 = 0
  /// SIGEV_ number; 4 is or-ed for a thread.
  var notify: UInt32 = 0
  /// The thread that gets the signal, by the pid namespace of /proc; only with SIGEV_THREAD_ID.
  var notifyTid: Int32?
  /// Negative for the clock of a process or of a thread.
  var clock: Int32 = 0

  /// - Throws: `EBADMSG` for a text of another form.
  static func parse(_ text: String, subject: String) throws(Failure) -> [PosixTimer] {
    var timers: [PosixTimer] = []
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      if line[..<colon] == "ID" { timers.append(PosixTimer()) }
      let isRead = timers.isEmpty ? false : timers[timers.count - 1].take(line[..<colon], value)
      guard isRead else {
        throw Failure(
          "read the timers", "\(subject), line \"\(line)\"", .badMessage,
          remedy: "This kernel writes /proc/PID/timers in a new form: use a later version of this program.")
      }
    }
    return timers
  }

  /// - Returns: Whether the line was understood.
  private mutating func take(_ key: Substring, _ value: Substring) -> Bool {
    switch key {
    case "ID":
      guard let number = Int32(value) else { return false }
      id = number
    case "ClockID":
      guard let number = Int32(value) else { return false }
      clock = number
    case "signal":
      let parts = value.split(separator: "/")
      guard parts.count == 2, let number = UInt32(parts[0]), let pointer = UInt64(hex: parts[1]) else { return false }
      signal = number
      self.value = pointer
    case "notify":
      return takeNotify(value)
    default:
      break  // of a later kernel
    }
    return true
  }

  private mutating func takeNotify(_ value: Substring) -> Bool {
    let parts = value.split { $0 == "/" || $0 == "." }
    guard parts.count == 3, let kind = PosixTimer.kinds[String(parts[0])], let number = Int32(parts[2]) else {
      return false
    }
    let isThread = parts[1] == "tid"
    notify = kind | (isThread ? PosixTimer.threadBit : 0)
    notifyTid = isThread ? number : nil
    return true
  }

  private static let kinds: [String: UInt32] = ["signal": 0, "none": 1, "thread": 2]
  static let threadBit: UInt32 = 4

  /// - Parameters:
  ///   - reading: What the task itself read of this timer.
  ///   - virtualTid: The number that the tree has for `notifyTid`.
  func entry(reading: parasite_timer, virtualTid: Int32?) -> PosixTimerEntry {
    var entry = PosixTimerEntry()
    entry.itId = UInt32(bitPattern: id)
    entry.clockId = UInt32(bitPattern: clock)
    entry.siSigno = signal
    entry.itSigevNotify = notify
    entry.sivalPtr = value
    entry.overrun = UInt32(bitPattern: reading.overrun)
    entry.isec = UInt64(bitPattern: reading.time.interval_seconds)
    entry.insec = UInt64(bitPattern: reading.time.interval_units)
    entry.vsec = UInt64(bitPattern: reading.time.value_seconds)
    entry.vnsec = UInt64(bitPattern: reading.time.value_units)
    entry.notifyThreadId = virtualTid
    return entry
  }
}

extension PosixTimerEntry {
  var restoreTimer: restore_timer {
    restore_timer(
      id: Int32(bitPattern: itId), clock: Int32(bitPattern: clockId), signal: Int32(bitPattern: siSigno),
      notify: Int32(bitPattern: itSigevNotify), value: sivalPtr, notify_tid: notifyThreadId ?? 0, padding: 0,
      time: state_interval(
        interval_seconds: Int64(bitPattern: isec), interval_units: Int64(bitPattern: insec),
        value_seconds: Int64(bitPattern: vsec), value_units: Int64(bitPattern: vnsec)))
  }
}

extension UInt64 {
  /// Hexadecimal digits without a prefix; "(null)", as the kernel prints a pointer of 0, too.
  init?(hex text: Substring) {
    if text == "(null)" { self = 0 } else { self.init(text, radix: 16) }
  }
}
