internal import CLinux
internal import Glibc

/// By how much the clocks of a time namespace differ from those of the machine (time_namespaces(7)), in nanoseconds.
public struct TimeOffsets: Hashable, Sendable {
  public var monotonic: Int
  public var boot: Int

  public init(monotonic: Int, boot: Int) {
    self.monotonic = monotonic
    self.boot = boot
  }

  /// Of the namespace that children of the process are born in, which is mostly its own:
  ///
  ///     monotonic           0         0
  ///     boottime         -864 500000000
  ///
  /// - Returns: `nil` where the kernel has no time namespaces (before 5.6).
  public static func read(pid: Int32) throws(Failure) -> TimeOffsets? {
    let path = "/proc/\(pid)/timens_offsets"
    let text: String
    do throws(Failure) { text = try readText(path) } catch {
      if error.errno == .noEntry { return nil }
      throw error
    }
    guard let offsets = TimeOffsets(parsing: text) else {
      throw Failure(
        "read the offsets of clocks", path, .badMessage,
        remedy: "This kernel writes the file in a new form: use a later version of this program.")
    }
    return offsets
  }

  public init?(parsing text: String) {
    var values: [Substring: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, let seconds = Int(words[1]), let nanoseconds = Int(words[2]) else { return nil }
      values[words[0]] = seconds * nanosecondsPerSecond + nanoseconds
    }
    guard let monotonic = values["monotonic"], let boot = values["boottime"] else { return nil }
    self.init(monotonic: monotonic, boot: boot)
  }
}

/// Moves this process, which has one thread, into a new time namespace.
///
/// - Throws: `EPERM` without CAP_SYS_ADMIN, `EINVAL` the kernel has none, `ERANGE` a clock would be below 0.
public func enterNewTimeNamespace(_ offsets: TimeOffsets) throws(Failure) {
  let newTime = 0x80  // CLONE_NEWTIME
  let remedy = "Run with CAP_SYS_ADMIN, on a kernel with time namespaces (5.6, CONFIG_TIME_NS)."
  try check("make a time namespace", "of pid \(currentPid())", remedy: remedy) { systemCall(SystemCall(SYS_unshare), newTime) }
  try writeText(
    line("monotonic", offsets.monotonic) + line("boottime", offsets.boot), to: "/proc/self/timens_offsets",
    "set the clocks", remedy: "Neither may be before the start of the machine: restore where it has run as long.")
  let namespace = OwnedFD(
    adopting: CInt(
      try check("open the time namespace", "/proc/self/ns/time_for_children", remedy: "Mount /proc.") {
        File.open("/proc/self/ns/time_for_children", [.readOnly])
      }))
  try namespace.borrowed().enter(.time, "pid \(currentPid())")
}

private let nanosecondsPerSecond = 1_000_000_000

/// The nanoseconds are not negative.
private func line(_ clock: String, _ offset: Int) -> String {
  var (seconds, nanoseconds) = offset.quotientAndRemainder(dividingBy: nanosecondsPerSecond)
  if nanoseconds < 0 { (seconds, nanoseconds) = (seconds - 1, nanoseconds + nanosecondsPerSecond) }
  return "\(clock) \(seconds) \(nanoseconds)\n"
}
