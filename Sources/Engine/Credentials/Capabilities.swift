/// A set of capabilities (capabilities(7)); bit numbers of linux/capability.h.
struct Capabilities: Hashable, Sendable, CustomStringConvertible {
  let bits: UInt64

  /// For messages: "CAP_SYS_ADMIN, CAP_NET_RAW"; numbers for what is newer than this list.
  var description: String {
    (0..<64).filter { bits >> UInt64($0) & 1 != 0 }
      .map { $0 < Capabilities.names.count ? "CAP_" + Capabilities.names[$0] : "capability \($0)" }
      .joined(separator: ", ")
  }

  static func has(_ bits: UInt64, _ capability: Int) -> Bool { bits >> UInt64(capability) & 1 != 0 }
  static let setCapabilities = 8
  static let systemResource = 24

  private static let names = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
  ]
}
