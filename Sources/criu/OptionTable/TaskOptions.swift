internal import Engine
internal import Linux

/// Options that say which tree, and what becomes of it.
let taskOptions: [CommandOption] = [
  CommandOption(
    "tree", short: "t", .required("PID"), for: [.dump, .preDump], rpc: 2,
    help: "The process whose tree is dumped."
  ) { options, it throws(Failure) in options.pid = try number(it, in: 1...Int32.max) },
  CommandOption(
    "leave-running", short: "R", for: .dump, rpc: 3,
    help: "Let the tree run on after the dump. Files and connections then change behind the images."
  ) { options, _ in options.leavesRunning = true },
  CommandOption(
    "leave-stopped", short: "s", for: .both, rpc: 69,
    help: "Leave the tree stopped after the dump or the restore."
  ) { options, _ in options.leavesStopped = true },
  CommandOption(
    "restore-detached", short: "d", for: .restore, negatable: true,
    help: "Leave once the tree runs, rather than wait for it. For a server, -d is --daemon."
  ) { options, it in
    options.isDetached = it.isOn
    if it.spelled == "-d" { options.isDaemon = true }
  },
  CommandOption(
    "restore-sibling", short: "S", for: .restore, negatable: true, rpc: 26,
    help: "Make the root task a child of whoever started criu. Needs --restore-detached."
  ) { options, it in options.isSibling = it.isOn },
  CommandOption(
    "exec-cmd", for: .restore, rpc: 22,
    help: "Run what follows -- once the tree is restored, in place of criu."
  ) { options, _ in options.runsCommandAfterRestore = true },
  CommandOption(
    "shell-job", short: "j", for: .both, negatable: true, rpc: 7,
    help: "The tree may belong to a session, and a terminal, outside of it; the restored one joins ours."
  ) { options, it in options.isShellJob = it.isOn },
  CommandOption(
    "timeout", .required("SECONDS"), for: .dumps, rpc: 45,
    help: "How long stopping the tree may take; 10 by default, 0 for any time."
  ) { options, it throws(Failure) in options.timeoutSeconds = try number(it, in: 0...Int(Int32.max)) },
  CommandOption(
    "freeze-cgroup", .required("DIR"), for: .dumps, rpc: 44,
    help: "Stop the tree by freezing this cgroup."
  ) { options, it in options.freezerCgroup = it.value },
  CommandOption(
    "cpu-cap", .optional("CAP,..."), for: [.dump, .restore, .cpuinfo], rpc: 20,
    help: """
      What must fit of the processor beside fpu and ins (instructions): cpu (exactly the same), all, or none at all; ^ \
      before one takes it away. A dump then writes an image of the processor, a restore compares it. Without a value: \
      all.
      """
  ) { options, it throws(Failure) in try setCapabilities(&options.cpuCapabilities, it) },
  CommandOption(
    "lsm-profile", .required("TYPE:NAME"), for: .restore, rpc: 53,
    help: "The apparmor or selinux label that restored tasks get; none: for none."
  ) { options, it throws(Failure) in
    options.securityProfile = nil
    if it.value?.hasPrefix("none:") == true { return }
    let profile = try pair(it, ":", form: "apparmor:NAME, selinux:NAME or none:")
    guard let module = SecurityModule(rawValue: profile.key) else {
      throw it.wrong("The type is apparmor, selinux or none.")
    }
    options.securityProfile = (module, profile.value)
  },
  CommandOption(
    "allow-uprobes", for: .both, negatable: true,
    built: false, lacking: "tasks with uprobes cannot be dumped yet",
    help: "Dump and restore tasks that have uprobes; the same ones must stand on restore."
  ) { options, it in options.allowsUprobes = it.isOn },
]

/// Words between commas add to what is compared anyway, as in 4.2 (its manual reads as if they took its place); an
/// inverted one takes away, and none takes all.
private func setCapabilities(_ capabilities: inout CPUCapabilities, _ it: CommandOption.Occurrence) throws(Failure) {
  let named: [String: CPUCapabilities] = [
    "all": .all, "cpu": .exact, "fpu": .floatingPoint, "ins": .instructions, "none": .all,
  ]
  var result = capabilities.subtracting(.image)
  for word in commaSeparated(it.value ?? "all") {
    let isInverse = word.first == "^"
    guard let meant = named[String(isInverse ? word.dropFirst() : word[...])] else {
      throw it.wrong("It takes all, cpu, fpu, ins and none, with commas between them and ^ to take one away.")
    }
    if isInverse || word == "none" { result.subtract(meant) } else { result.formUnion(meant) }
  }
  capabilities = result.isEmpty ? [] : result.union(.image)
}
