internal import Linux

/// What tasks are made with, and what they have.
let taskFeatures: [Feature] = [
  Feature("clone3_set_tid", .required, "restoring tasks under their pids") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      // The pid of a child that is gone is free again. One that another process took meanwhile was understood too.
      var chosen: Int32 = 0
      switch try cloneProcess() {
      case .child: exitNow(0)
      case .parent(let child):
        _ = try waitForEnd(of: child)
        chosen = child
      }
      do throws(Failure) {
        switch try cloneProcess(pid: chosen) {
        case .child: exitNow(0)
        case .parent(let child):
          _ = try waitForEnd(of: child)
          guard child == chosen else { throw Trial.missing("make a process with a chosen pid") }
        }
      } catch {
        guard error.errno == .exists else { throw error }
      }
    }
  },
  Feature("ns_pid", .required, "telling the pids of tasks in their namespaces") { () throws(Failure) in
    guard try readText("/proc/self/status").contains("\nNSpid:") else { throw Trial.missing("find NSpid in /proc") }
  },
  Feature("loginuid", .specific, "login identities") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let path = "/proc/self/loginuid"
      try writeText(try readText(path), to: path, "write the login identity", remedy: "")
    }
  },
  Feature("apparmor_stacking", .named, "stacked AppArmor profiles") { () throws(Failure) in
    let path = "/sys/kernel/security/apparmor/features/domain/stack"
    guard try readText(path).hasPrefix("yes") else { throw Trial.missing("stack AppArmor profiles") }
  },
]
