internal import Linux

/// What criu itself must be allowed (criu(8), NON-ROOT): all that root may, or CAP_CHECKPOINT_RESTORE, for programs of
/// its own user.
enum OwnCapabilities {
  private static let systemAdmin = 21, checkpointRestore = 40

  /// - Parameter attempted: For the message: "dump processes".
  /// - Throws: `EPERM` naming what is missing.
  static func check(to attempted: String) throws(Failure) {
    let status = try ProcStatus(pid: currentPid())
    guard ![systemAdmin, checkpointRestore].contains(where: { Capabilities.has(status.effectiveCapabilities, $0) }) else {
      return
    }
    throw Failure(
      attempted, "as user \(status.userIDs.first ?? 0), without CAP_CHECKPOINT_RESTORE and without CAP_SYS_ADMIN",
      .notPermitted,
      remedy: """
        Run criu as root, or let it be used by all for their own programs: setcap cap_checkpoint_restore+eip on its file, \
        with cap_sys_ptrace for programs that hide what they are (kernel.yama.ptrace_scope, prctl(2), PR_SET_DUMPABLE).
        """)
  }
}
