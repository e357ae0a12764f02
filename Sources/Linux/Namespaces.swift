internal import CLinux
internal import Glibc

/// A kind of namespace that a process can enter and leave again (namespaces(7)), by its name in /proc/PID/ns.
public enum NamespaceKind: String, Sendable {
  case cgroup, ipc, net, time, uts

  /// CLONE_NEW*, as setns(2) takes it and NS_GET_NSTYPE gives it.
  var flag: Int {
    switch self {
    case .cgroup: 0x0200_0000
    case .ipc: 0x0800_0000
    case .net: 0x4000_0000
    case .time: 0x80
    case .uts: 0x0400_0000
    }
  }
}

extension BorrowedFD {
  /// Moves this process, which has one thread, into a namespace (setns(2)).
  ///
  /// - Throws: `EINVAL` the descriptor is no namespace of this kind, `EPERM` without CAP_SYS_ADMIN in it and here.
  public func enter(_ kind: NamespaceKind, _ subject: @autoclosure () -> String) throws(Failure) {
    let remedy = "Give a namespace of this kind (/proc/PID/ns/\(kind.rawValue)), and run with CAP_SYS_ADMIN."
    try check("enter the \(kind.rawValue) namespace", subject(), remedy: remedy) {
      systemCall(SystemCall(SYS_setns), Int(raw), kind.flag)
    }
  }

  /// Whether it is a namespace of this kind (ioctl_ns(2), NS_GET_NSTYPE).
  public func isNamespace(_ kind: NamespaceKind) -> Bool {
    systemCall(SystemCall(SYS_ioctl), Int(raw), 0xb703, 0) == kind.flag
  }
}
