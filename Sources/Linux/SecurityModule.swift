/// A module of the kernel that labels tasks and files, so that its policy decides what they may.
public enum SecurityModule: String, Sendable, CaseIterable {
  case apparmor, selinux

  /// Whether this kernel has it in force.
  public func isInForce() throws(Failure) -> Bool {
    switch self {
    case .apparmor:
      try textOfFile("/sys/module/apparmor/parameters/enabled", ifPresent: true)?.hasPrefix("Y") ?? false
    // Registered only by a module that is in force.
    case .selinux: try textOfFile("/proc/filesystems", ifPresent: true)?.contains("\tselinuxfs\n") ?? false
    }
  }
}
