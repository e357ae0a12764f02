public import Linux

/// Tells how far a dump or a restore is: a line on a terminal once it takes longer than a second, and lines of JSON for programs.
///
///     {"bytes":1048576,"total":4194304,"seconds":0.51,"bytes_per_second":2056031,"seconds_left":1.53,"done":false}
///
/// `total` and `seconds_left` are null until the first list of pages is known; each task adds its own. In a restore the
/// tasks read their pages themselves, and whichever of them finds that it is time tells how far all are.
public final class Progress {
  /// Where JSON goes; `nil` for nowhere. A reader that went away is no reason for a dump to fail.
  private var descriptor: CInt?
  /// A terminal to draw on, usually standard error.
  private let terminal: CInt?
  private let now: () -> Int
  private let began: Int
  /// In memory that all tasks share.
  private let numbers: SharedNumbers
  private enum Number: Int, CaseIterable { case done, total, lastTold, isDrawn }

  /// Lines are this far apart, in microseconds.
  private static let interval = 200_000
  /// What takes less is not worth a line.
  private static let patience = 1_000_000

  /// - Parameter now: Microseconds of a clock that does not jump; for tests.
  public init(
    descriptor: CInt?, terminal: CInt?, now: @escaping () -> Int = { monotonicMicroseconds() }
  ) throws(Failure) {
    self.descriptor = descriptor
    self.terminal = terminal
    self.now = now
    began = now()
    numbers = try SharedNumbers(count: Number.allCases.count)
    self[.lastTold] = began
  }

  private subscript(_ number: Number) -> Int {
    get { numbers[number.rawValue] }
    set { numbers[number.rawValue] = newValue }
  }

  func expect(_ byteCount: Int) { numbers.add(byteCount, to: Number.total.rawValue) }

  func advance(_ byteCount: Int) {
    numbers.add(byteCount, to: Number.done.rawValue)
    let now = now()
    guard now - self[.lastTold] >= Progress.interval else { return }
    self[.lastTold] = now  // two tasks that come here at once both tell
    report(at: now, isDone: false)
    guard let terminal, now - began >= Progress.patience else { return }
    self[.isDrawn] = 1
    write("\r\(line(at: now))\u{1b}[K", to: terminal)
  }

  /// The last line of JSON; what was drawn goes.
  func end(isDone: Bool) {
    report(at: now(), isDone: isDone)
    descriptor = nil
    if let terminal, self[.isDrawn] != 0 { write("\r\u{1b}[K", to: terminal) }
    self[.isDrawn] = 0
  }

  private func line(at now: Int) -> String {
    let (rate, left) = estimate(at: now)
    let total = self[.total]
    let done = "\(self[.done] >> 20) MiB" + (total > 0 ? " of \(total >> 20) MiB" : "")
    return done + ", \(rate >> 20) MiB/s" + (left.map { ", \(tenths($0)) s left" } ?? "")
  }

  private func report(at now: Int, isDone: Bool) {
    guard let descriptor else { return }
    let (rate, left) = estimate(at: now)
    let total = self[.total] > 0 ? "\(self[.total])" : "null"
    let text =
      "{\"bytes\":\(self[.done]),\"total\":\(total),\"seconds\":\(hundredths(now - began)),\"bytes_per_second\":\(rate),"
      + "\"seconds_left\":\(left.map(hundredths) ?? "null"),\"done\":\(isDone)}\n"
    if !write(text, to: descriptor) { self.descriptor = nil }
  }

  /// - Returns: Bytes a second, and microseconds that are left at that rate.
  private func estimate(at now: Int) -> (rate: Int, left: Int?) {
    let passed = max(now - began, 1)
    let rate = Int(Double(self[.done]) / Double(passed) * 1e6)
    guard self[.total] > 0, rate > 0 else { return (rate, nil) }
    return (rate, Int(Double(max(self[.total] - self[.done], 0)) / Double(rate) * 1e6))
  }

  /// - Returns: Whether it was written.
  @discardableResult
  private func write(_ text: String, to descriptor: CInt) -> Bool {
    do throws(Failure) { try writeText(text, to: descriptor) } catch { return false }
    return true
  }
}

/// "1.53", of microseconds.
private func hundredths(_ microseconds: Int) -> String {
  let hundredths = microseconds / 10_000
  return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
}

private func tenths(_ microseconds: Int) -> String { "\(microseconds / 1_000_000).\(microseconds / 100_000 % 10)" }
