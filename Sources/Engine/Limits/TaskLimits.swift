internal import CParasite
internal import Images
internal import Linux

/// The resource limits of a task (getrlimit(2)).
enum TaskLimits {
  /// Of a frozen task.
  static func read(pid: Int32) throws(Failure) -> TaskRlimitsEntry { entry(try limits(of: pid)) }

  /// A write of any size raises no signal in it (RLIMIT_FSIZE).
  static func hasNoFileSizeLimit(pid: Int32) throws(Failure) -> Bool {
    let fileSize = 1
    return try limits(of: pid)[fileSize].current == .max
  }

  private static func limits(of pid: Int32) throws(Failure) -> [ResourceLimit] {
    if let byCall = try resourceLimits(of: pid) { return byCall }
    return try parse(try readText("/proc/\(pid)/limits"), subject: "pid \(pid)")
  }

  static func entry(_ limits: [ResourceLimit]) -> TaskRlimitsEntry {
    var entry = TaskRlimitsEntry()
    entry.rlimits = limits.map { limit in
      RlimitEntry {
        $0.cur = limit.current
        $0.max = limit.maximum
      }
    }
    return entry
  }

  /// /proc/PID/limits: a line a limit in the order of RLIMIT_ numbers, columns of fixed width:
  ///
  ///     Limit                     Soft Limit           Hard Limit           Units
  ///     Max cpu time              unlimited            unlimited            seconds
  static func parse(_ text: String, subject: String) throws(Failure) -> [ResourceLimit] {
    var limits: [ResourceLimit] = []
    for line in text.split(separator: "\n").dropFirst() {
      let values = line.utf8.dropFirst(nameColumnWidth).split(separator: UInt8(ascii: " "))
      guard values.count >= 2, let current = number(values[0]), let maximum = number(values[1]) else {
        throw unreadable(subject)
      }
      limits.append(ResourceLimit(current: current, maximum: maximum))
    }
    guard limits.count >= resourceLimitCount else { throw unreadable(subject) }
    return Array(limits.prefix(resourceLimitCount))
  }

  private static let nameColumnWidth = 26

  private static func number(_ text: Substring.UTF8View.SubSequence) -> UInt64? {
    let text = String(decoding: text, as: UTF8.self)
    return text == "unlimited" ? UInt64.max : UInt64(text)
  }

  private static func unreadable(_ subject: String) -> Failure {
    Failure(
      "read the resource limits", "/proc/PID/limits of \(subject)", .badMessage,
      remedy: "Run with CAP_SYS_RESOURCE, which asks the kernel by prlimit(2) instead.")
  }
}

extension restore_task_state {
  /// Limits beyond those that the kernel knows are left out.
  mutating func setLimits(_ entry: TaskRlimitsEntry?) {
    let limits = (entry?.rlimits ?? []).prefix(resourceLimitCount)
    limit_count = UInt32(limits.count)
    withUnsafeMutableBytes(of: &self.limits) { bytes in
      let memory = bytes.bindMemory(to: restore_limit.self)
      for (index, limit) in limits.enumerated() {
        memory[index] = restore_limit(current: limit.cur, maximum: limit.max)
      }
    }
  }
}
