internal import Linux

/// What ptrace(2) can do.
let traceFeatures: [Feature] = [
  Feature("seccomp_suspend", .specific, "tasks with seccomp filters") { () throws(Failure) in
    let suspendSeccomp = 1 << 21
    try inTracer(options: suspendSeccomp) { _ throws(Failure) in }
  },
  Feature("seccomp_filters", .specific, "tasks with seccomp filters") { () throws(Failure) in
    try inTracer(preparing: allowEverything) { child throws(Failure) in
      let getFilter = 0x420C
      guard try Trial.call("read a seccomp filter", ProbeCall.ptrace, getFilter, child, 0, 0) == 1 else {
        throw Trial.missing("read a seccomp filter as it was set")
      }
    }
  },
  Feature("get_rseq_conf", .specific, "restartable sequences") { () throws(Failure) in
    try inTracer { child throws(Failure) in
      let getConfiguration = 0x420F
      var configuration = [UInt64](repeating: 0, count: 3)
      try Trial.withBytes(&configuration) { configuration throws(Failure) in
        try Trial.call(
          "read a task's restartable sequences", ProbeCall.ptrace, getConfiguration, child, 24, configuration)
      }
    }
  },
  Feature("breakpoints", .specific, "leaving a task with few stops") { () throws(Failure) in
    try inTracer { child throws(Failure) in
      let pokeUser = 6, continues = 7, trap: Int32 = 5
      let debugRegisters = 848  // offsetof(struct user, u_debugreg)
      let next = try readRegister(child, 16)  // rip, the 17th of user_regs_struct
      // The task goes on either behind its system call or, when that is restarted, at the call's two bytes.
      try Trial.call("set a breakpoint", ProbeCall.ptrace, pokeUser, child, debugRegisters, next)
      try Trial.call("set a breakpoint", ProbeCall.ptrace, pokeUser, child, debugRegisters + 8, next - 2)
      let enableBoth = 1 << 0 | 1 << 2
      try Trial.call("enable breakpoints", ProbeCall.ptrace, pokeUser, child, debugRegisters + 7 * 8, enableBoth)
      try Trial.call("continue a task", ProbeCall.ptrace, continues, child, 0, 0)
      guard try stopSignal(of: child) == trap else { throw Trial.missing("stop at a breakpoint") }
    }
  },
]

/// Runs `body` in a child that traces a stopped task of its own, which ends with it.
///
/// - Parameters:
///   - options: Of PTRACE_SEIZE.
///   - prepare: What the traced task does before it stops.
func inTracer(
  options: Int = 0, preparing prepare: () throws(Failure) -> Void = {},
  _ body: (_ task: Int) throws(Failure) -> Void
) throws(Failure) {
  try Trial.inChild { () throws(Failure) in
    let (reader, writer) = try Trial.makePipe()
    switch try cloneProcess() {
    case .child:
      let parentDeathSignal = 1, killSignal = 9
      _ = systemCall(ProbeCall.prctl, parentDeathSignal, killSignal)
      var ready: [UInt8] = [1]
      do throws(Failure) {
        try prepare()
        try Trial.withBytes(&ready) { ready throws(Failure) in
          try Trial.call("say so", ProbeCall.write, writer, ready, 1)
        }
      } catch { exitNow(1) }
      while true { _ = systemCall(ProbeCall.pause) }
    case .parent(let child):
      defer {
        killProcess(child)
        _ = systemCall(ProbeCall.wait4, Int(child))
      }
      try Trial.call("close a pipe", ProbeCall.close, writer)
      var ready: [UInt8] = [0]
      try Trial.withBytes(&ready) { ready throws(Failure) in try Trial.call("hear", ProbeCall.read, reader, ready, 1) }
      guard ready == [1] else { throw Trial.missing("prepare a task") }
      let seize = 0x4206, interrupt = 0x4207
      try Trial.call("seize a task", ProbeCall.ptrace, seize, Int(child), 0, options)
      try Trial.call("stop a task", ProbeCall.ptrace, interrupt, Int(child), 0, 0)
      _ = try stopSignal(of: Int(child))
      try body(Int(child))
    }
  }
}

private func stopSignal(of task: Int) throws(Failure) -> Int32 {
  var status: [Int32] = [0]
  try Trial.withBytes(&status) { status throws(Failure) in
    try Trial.call("wait for a task", ProbeCall.wait4, task, status, 0)
  }
  guard status[0] & 0xFF == 0x7F else { throw Trial.missing("stop a task") }
  return (status[0] >> 8) & 0xFF
}

/// - Parameter index: In user_regs_struct.
private func readRegister(_ task: Int, _ index: Int) throws(Failure) -> Int {
  let peekUser = 3
  var value: [Int] = [0]
  try Trial.withBytes(&value) { value throws(Failure) in
    try Trial.call("read a register", ProbeCall.ptrace, peekUser, task, index * 8, value)
  }
  return value[0]
}

/// A filter of one instruction: BPF_RET, SECCOMP_RET_ALLOW.
private func allowEverything() throws(Failure) {
  let noNewPrivileges = 38, setModeFilter = 1
  var filter: [UInt64] = [0x7FFF_0000 << 32 | 0x06]
  try Trial.call("give up new privileges", ProbeCall.prctl, noNewPrivileges, 1)
  try Trial.withBytes(&filter) { filter throws(Failure) in
    var program: [UInt64] = [1, UInt64(filter)]
    try Trial.withBytes(&program) { program throws(Failure) in
      try Trial.call("set a seccomp filter", ProbeCall.seccomp, setModeFilter, 0, program)
    }
  }
}
