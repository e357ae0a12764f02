internal import Images
internal import Linux

/// What this host can hold of the state of tasks: looked at once, before anything is touched.
struct HostState: Sendable {
  var layout: ExtendedStateLayout
  /// Of our own process.
  var permittedCapabilities: UInt64
  var effectiveCapabilities: UInt64
  var boundingCapabilities: UInt64
  var limits: [ResourceLimit]
  /// Whether the kernel runs 32-bit code, and makes a vdso for it.
  var runs32BitCode: Bool

  static func probe() throws(Failure) -> HostState {
    let status = try ProcStatus(pid: currentPid())
    return HostState(
      layout: .ofThisProcessor(), permittedCapabilities: status.permittedCapabilities,
      effectiveCapabilities: status.effectiveCapabilities, boundingCapabilities: status.boundingCapabilities,
      limits: try resourceLimits(of: 0) ?? [], runs32BitCode: kernelMapsVdso(.of32BitCode))
  }
}

/// Finds what of a task's state this host cannot hold.
func checkState(of task: TaskPlan, on host: HostState, _ findings: inout Findings) {
  guard !task.isDead else { return }
  for thread in task.threads {
    let subject = "tid \(thread.tid) of \(task.subject)"
    _ = findings.collect { () throws(Failure) in try checkRegisters(of: thread.core, on: host, subject: subject) }
    _ = findings.collect { () throws(Failure) in
      try checkCapabilities(of: thread.core.threadCore?.creds, on: host, subject: subject)
    }
  }
  _ = findings.collect { () throws(Failure) in try checkLimits(of: task, on: host) }
  if let mode = task.core.oldSeccompMode, mode != .disabled {
    findings.add(
      Failure(
        "restore the seccomp filters", "\(task.subject), from images of an old CRIU", .notSupported,
        remedy: "Restore them with the version that made them, and dump again."))
  }
}

private func checkRegisters(of core: CoreEntry, on host: HostState, subject: String) throws(Failure) {
  guard core.mtype == .x86_64, let info = core.threadInfo else {
    throw Failure(
      "restore a program of another architecture", "\(core.mtype), \(subject)", .notSupported,
      remedy: "Restore on a machine of that architecture.")
  }
  guard host.runs32BitCode || (info.gpregs.mode != .compat && info.tls.allSatisfy(\.isEmpty)) else {
    throw Failure(
      "restore a 32-bit program", subject, .notSupported,
      remedy: "Restore it on a kernel that runs such programs (CONFIG_IA32_EMULATION, ia32_emulation=on).")
  }
  try ExtendedStateX86.check(info.fpregs, layout: host.layout, subject: subject)
}

private func checkCapabilities(of creds: CredsEntry?, on host: HostState, subject: String) throws(Failure) {
  guard let creds else { return }
  let missing = UInt64(halves: creds.capPrm) & ~host.permittedCapabilities
  guard missing == 0 else {
    throw Failure(
      "give back the capabilities", "\(Capabilities(bits: missing)) of \(subject)", .notPermitted,
      remedy: "We lack them ourselves: run with these capabilities.")
  }
  let dropped = host.boundingCapabilities & ~UInt64(halves: creds.capBnd)
  guard dropped == 0 || Capabilities.has(host.effectiveCapabilities, Capabilities.setCapabilities) else {
    throw Failure(
      "take capabilities out of the bounding set", "\(Capabilities(bits: dropped)) of \(subject)", .notPermitted,
      remedy: "Run with CAP_SETPCAP, or with the bounding set of the program (setpriv --bounding-set).")
  }
}

/// A task gets our limits at its birth; only CAP_SYS_RESOURCE raises a hard limit.
private func checkLimits(of task: TaskPlan, on host: HostState) throws(Failure) {
  guard !Capabilities.has(host.effectiveCapabilities, Capabilities.systemResource) else { return }
  for (resource, limit) in (task.core.rlimits?.rlimits ?? []).enumerated() where resource < host.limits.count {
    guard limit.max > host.limits[resource].maximum else { continue }
    throw Failure(
      "set the resource limit", "\(limitName(UInt32(resource))) of \(task.subject)", .notPermitted,
      remedy: "Its hard limit is above ours: run with CAP_SYS_RESOURCE, or raise ours first (ulimit -H).")
  }
}
