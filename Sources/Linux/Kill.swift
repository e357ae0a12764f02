internal import CLinux
internal import Glibc

extension SystemCall {
  static let kill = SystemCall(SYS_kill)
}

/// Whether some process or thread has this id, dead and not waited for included (kill(2) with signal 0).
public func processExists(_ pid: Int32) -> Bool {
  Errno(result: systemCall(.kill, Int(pid), 0)) != .noProcess
}

/// Ends a process that we made (SIGKILL). That it is gone already is no error.
public func killProcess(_ pid: Int32) {
  _ = systemCall(.kill, Int(pid), Int(SIGKILL))
}
