internal import Images
internal import Linux

/// What the kernel tells anybody of a frozen task, and what a parasite in it changes nothing of.
struct TaskFacts: Sendable {
  let stat: ProcStat
  let auxiliaryVector: [UInt64]
  let limits: TaskRlimitsEntry
  /// `nil` where the kernel has none.
  let loginUser: UInt32?
  let killAdjustment: Int32?

  /// Four files of /proc and 16 system calls.
  init(of pid: Int32) throws(Failure) {
    stat = try ProcStat(pid: pid)
    auxiliaryVector = try readAuxiliaryVector(pid: pid)
    limits = try TaskLimits.read(pid: pid)
    loginUser = try TaskFacts.number("/proc/\(pid)/loginuid")
    killAdjustment = try TaskFacts.number("/proc/\(pid)/oom_score_adj")
  }

  private static func number<N: FixedWidthInteger>(_ path: String) throws(Failure) -> N? {
    do throws(Failure) {
      return N(String(decoding: try readBytes(path).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    } catch {
      if error.errno == .noEntry { return nil }
      throw error
    }
  }
}
