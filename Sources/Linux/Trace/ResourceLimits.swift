internal import CLinux
internal import Glibc

/// A soft and a hard limit (getrlimit(2)); `UInt64.max` is no limit.
public struct ResourceLimit: Hashable, Sendable {
  public var current: UInt64
  public var maximum: UInt64

  public init(current: UInt64, maximum: UInt64) {
    self.current = current
    self.maximum = maximum
  }
}

/// How many RLIMIT_ numbers the kernel has.
public let resourceLimitCount = 16

/// The limits of a task by RLIMIT_ number (prlimit(2)).
///
/// - Returns: `nil` without the right to ask: prlimit wants CAP_SYS_RESOURCE for a task of another user, where
///   /proc/PID/limits does not.
public func resourceLimits(of pid: Int32) throws(Failure) -> [ResourceLimit]? {
  var limits: [ResourceLimit] = []
  for resource in 0..<resourceLimitCount {
    var pair: (UInt64, UInt64) = (0, 0)
    let result = withUnsafeMutableBytes(of: &pair) {
      systemCall(SystemCall(SYS_prlimit64), Int(pid), resource, 0, Int(bitPattern: $0.baseAddress))
    }
    if let errno = Errno(result: result) {
      if errno == .notPermitted { return nil }
      throw Failure("read the resource limits", "pid \(pid)", errno, remedy: "The task ended during the dump: start again.")
    }
    limits.append(ResourceLimit(current: pair.0, maximum: pair.1))
  }
  return limits
}
