public import Linux

/// Tells how far a dump is: a line on a terminal once it takes longer than a second, and lines of JSON for programs.
///
///     {"bytes":1048576,"total":4194304,"seconds":0.51,"bytes_per_second":2056031,"seconds_left":1.53,"done":false}
///
/// `total` and `seconds_left` are null until the first list of pages is known; each task adds its own.
public final class Progress {
  /// Where JSON goes; `nil` for nowhere. A reader that went away is no reason for a dump to fail.
  private var descriptor: CInt?
  /// Whether standard error is a terminal to draw on.
  private let drawsOnTerminal: Bool
  private let now: () -> Int
  private let began: Int
  private var last: Int
  private var isDrawn = false
  private var byteCount = 0
  private var total = 0

  /// Lines are this far apart, in microseconds.
  private static let interval = 200_000
  /// What takes less is not worth a line.
  private static let patience = 1_000_000

  /// - Parameter now: Microseconds of a clock that does not jump; for tests.
  public init(descriptor: CInt?, drawsOnTerminal: Bool, now: @escaping () -> Int = { monotonicMicroseconds() }) {
    self.descriptor = descriptor
    self.drawsOnTerminal = drawsOnTerminal
    self.now = now
    began = now()
    last = began
  }

  func expect(_ byteCount: Int) { total += byteCount }

  func advance(_ byteCount: Int) {
    self.byteCount += byteCount
    let now = now()
    guard now - last >= Progress.interval else { return }
    last = now
    report(at: now, isDone: false)
    guard drawsOnTerminal, now - began >= Progress.patience else { return }
    write("\r\(line(at: now))\u{1b}[K", to: 2)
    isDrawn = true
  }

  /// The last line of JSON; what was drawn goes.
  func end(isDone: Bool) {
    report(at: now(), isDone: isDone)
    descriptor = nil
    if isDrawn { write("\r\u{1b}[K", to: 2) }
    isDrawn = false
  }

  private func line(at now: Int) -> String {
    let (rate, left) = estimate(at: now)
    let done = "\(byteCount >> 20) MiB" + (total > 0 ? " of \(total >> 20) MiB" : "")
    return done + ", \(rate >> 20) MiB/s" + (left.map { ", \(tenths($0)) s left" } ?? "")
  }

  private func report(at now: Int, isDone: Bool) {
    guard let descriptor else { return }
    let (rate, left) = estimate(at: now)
    let total = total > 0 ? "\(total)" : "null"
    let text =
      "{\"bytes\":\(byteCount),\"total\":\(total),\"seconds\":\(hundredths(now - began)),\"bytes_per_second\":\(rate),"
      + "\"seconds_left\":\(left.map(hundredths) ?? "null"),\"done\":\(isDone)}\n"
    if !write(text, to: descriptor) { self.descriptor = nil }
  }

  /// - Returns: Bytes a second, and microseconds that are left at that rate.
  private func estimate(at now: Int) -> (rate: Int, left: Int?) {
    let passed = max(now - began, 1)
    let rate = Int(Double(byteCount) / Double(passed) * 1e6)
    guard total > 0, rate > 0 else { return (rate, nil) }
    return (rate, Int(Double(max(total - byteCount, 0)) / Double(rate) * 1e6))
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
