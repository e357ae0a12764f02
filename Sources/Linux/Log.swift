internal import CLinux
internal import Glibc

/// The log, in CRIU's line form, since tools search it:
///
///     (00.012345) Error (Engine/Seize.swift:31): cannot seize the task: pid 4211 (nginx): No such process
///     (00.012345)    1234: Opened /etc/passwd
///
/// Holds no lock and no buffer, and a line is one write(2), so it goes on working in every process cloned from ours and
/// lines of several processes do not mix. What the log itself cannot write is lost: nobody is left to tell.
public final class Log: Sendable {
  /// How much is written: a line whose level is at most the log's own (criu(8), --verbosity).
  public enum Level: Int, Comparable, CaseIterable, Sendable {
    /// What a command prints for its user; without time or level.
    case message = 0
    case error = 1
    case warning = 2
    /// From here on lines carry the time.
    case info = 3
    case debug = 4

    public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  /// Where lines go; -1 for a log that drops them.
  public let descriptor: CInt
  public let level: Level
  /// The task that a restored process is, shown before its lines.
  public let pid: Int32?
  /// Where phases are noted; of this process alone.
  public let trace: PhaseTrace?
  private let closes: Bool
  /// CLOCK_MONOTONIC in microseconds when the clock of the log began.
  private let startMicroseconds: Int

  private init(
    descriptor: CInt, closes: Bool, level: Level, pid: Int32?, startMicroseconds: Int, trace: PhaseTrace? = nil
  ) {
    self.trace = trace
    self.descriptor = descriptor
    self.closes = closes
    self.level = level
    self.pid = pid
    self.startMicroseconds = startMicroseconds
  }

  /// Writes to a descriptor that stays the caller's; 2 is stderr.
  public convenience init(descriptor: CInt = 2, level: Level, trace: PhaseTrace? = nil) {
    self.init(
      descriptor: descriptor, closes: false, level: level, pid: nil, startMicroseconds: monotonicMicroseconds(),
      trace: trace)
  }

  /// Writes to a file that the log owns; open it for appending, as several processes write to it.
  public convenience init(adopting file: consuming OwnedFD, level: Level, trace: PhaseTrace? = nil) {
    self.init(
      descriptor: file.release(), closes: true, level: level, pid: nil, startMicroseconds: monotonicMicroseconds(),
      trace: trace)
  }

  deinit { if closes { _ = Glibc.close(descriptor) } }

  /// The same log for a process that restores itself as `pid`: same clock, lines marked with the pid.
  ///
  /// - Parameter descriptor: Where that process has the log's file, if not under our number. It stays the caller's.
  public func marked(pid: Int32, descriptor: CInt? = nil) -> Log {
    Log(
      descriptor: descriptor ?? self.descriptor, closes: false, level: level, pid: pid,
      startMicroseconds: startMicroseconds)
  }

  /// The same log for a process whose monotonic clock differs from the one that made it (time_namespaces(7)).
  public func shifted(microseconds: Int) -> Log {
    Log(
      descriptor: descriptor, closes: false, level: level, pid: pid,
      startMicroseconds: startMicroseconds + microseconds)
  }

  public func isOn(_ level: Level) -> Bool { descriptor >= 0 && level <= self.level }

  // MARK: Lines

  /// The failure's first line as an error, and what to do about it on a line below.
  public func error(_ failure: Failure, file: String = #fileID, line: Int = #line) {
    guard isOn(.error) else { return }
    put([locate("Error", file, line) + failure.summary, "try: " + failure.remedy])
  }

  public func error(_ text: @autoclosure () -> String, file: String = #fileID, line: Int = #line) {
    guard isOn(.error) else { return }
    put([locate("Error", file, line) + text()])
  }

  public func warning(_ text: @autoclosure () -> String, file: String = #fileID, line: Int = #line) {
    guard isOn(.warning) else { return }
    put([locate("Warn ", file, line) + text()])
  }

  public func info(_ text: @autoclosure () -> String) {
    guard isOn(.info) else { return }
    put([text()])
  }

  public func debug(_ text: @autoclosure () -> String) {
    guard isOn(.debug) else { return }
    put([text()])
  }

  private func locate(_ word: String, _ file: String, _ line: Int) -> String { "\(word) (\(file):\(line)): " }

  private func put(_ lines: [String]) {
    let lead = level >= .info ? stamp() + mark : mark
    var bytes: [UInt8] = []
    for line in lines {
      bytes.append(contentsOf: lead.utf8)
      bytes.append(contentsOf: line.utf8)
      bytes.append(UInt8(ascii: "\n"))
    }
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  private var mark: String { pid.map { padded("\($0)", to: 6, with: " ") + ": " } ?? "" }

  /// "(SS.uuuuuu) " since the log began.
  private func stamp() -> String {
    let elapsed = monotonicMicroseconds() - startMicroseconds
    return "(" + padded("\(elapsed / 1_000_000)", to: 2, with: "0") + "."
      + padded("\(elapsed % 1_000_000)", to: 6, with: "0") + ") "
  }

  private func padded(_ text: String, to width: Int, with fill: String) -> String {
    String(repeating: fill, count: max(0, width - text.utf8.count)) + text
  }
}
