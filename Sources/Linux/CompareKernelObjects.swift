internal import CLinux
internal import Glibc

extension SystemCall {
  static let kcmp = SystemCall(SYS_kcmp)
}

/// What two tasks may share (kcmp(2)).
public enum KernelObject: Int, Sendable {
  case file = 0
  case memory = 1
  case descriptorTable = 2
  case filesystem = 3
  case signalHandlers = 4
}

/// The kernel's order of an object of one task against one of another: stable while both live, and equal exactly when
/// the object is the same.
public enum KernelOrder: Sendable {
  case same
  case before
  case after
}

/// Compares an object of two tasks (kcmp(2)).
///
/// - Parameters:
///   - index1, index2: Descriptor numbers for `.file`, else 0.
/// - Throws: `ESRCH` a task is gone, `EPERM` without ptrace rights, `EBADF` no such descriptor.
public func compare(
  _ object: KernelObject, of pid1: Int32, _ index1: Int = 0, with pid2: Int32, _ index2: Int = 0
) throws(Failure) -> KernelOrder {
  let result = try check(
    "compare kernel objects", "pids \(pid1) and \(pid2)",
    remedy: "The kernel must have kcmp (CONFIG_KCMP), and the caller ptrace rights on both tasks."
  ) { systemCall(.kcmp, Int(pid1), Int(pid2), object.rawValue, index1, index2) }
  switch result {
  case 0: return .same
  case 1: return .before
  default: return .after
  }
}
