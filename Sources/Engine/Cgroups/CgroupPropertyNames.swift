internal import Linux

/// Which properties of each controller are carried: those that are known, changed by specifications (criu(8),
/// --cgroup-props), a subset of YAML:
///
///     "cpu":
///      - "strategy": "merge"
///      - "properties": ["cpu.shares", "cpu.uclamp.min"]
struct CgroupPropertyNames {
  private var names: [String: [String]] = [
    "cpu": ["cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.rt_period_us", "cpu.rt_runtime_us"],
    // The limit of memory, before that of memory and swap, which is never below it.
    "memory": [
      "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness", "memory.soft_limit_in_bytes",
      "memory.move_charge_at_immigrate", "memory.oom_control", "memory.use_hierarchy", "memory.kmem.limit_in_bytes",
      "memory.kmem.tcp.limit_in_bytes",
    ],
    "cpuset": [
      "cpuset.cpus", "cpuset.mems", "cpuset.memory_migrate", "cpuset.cpu_exclusive", "cpuset.mem_exclusive",
      "cpuset.mem_hardwall", "cpuset.memory_spread_page", "cpuset.memory_spread_slab", "cpuset.sched_load_balance",
      "cpuset.sched_relax_domain_level",
    ],
    "blkio": ["blkio.weight"],
    "net_cls": ["net_cls.classid"],
    "net_prio": ["net_prio.ifpriomap"],
    "pids": ["pids.max"],
    "devices": ["devices.list"],
  ]

  private static let ofVersion1 = ["cgroup.clone_children", "notify_on_release", "cgroup.procs", "tasks"]
  private static let ofVersion2 = [
    "cgroup.subtree_control", "cgroup.max.descendants", "cgroup.max.depth", "cgroup.freeze", "cgroup.type",
  ]

  /// - Throws: `EINVAL` a specification has another form.
  init(_ options: CgroupOptions) throws(Failure) {
    if let text = options.properties { try apply(text, "--cgroup-props") }
    if let file = options.propertiesFile { try apply(try textOfFile(file)!, file) }
  }

  /// Of a hierarchy, in the order in which they are set again.
  func names(for controllers: [String]) -> [String] {
    controllers.flatMap { names[$0] ?? [] }
      + (controllers == [""] ? CgroupPropertyNames.ofVersion2 : CgroupPropertyNames.ofVersion1)
  }

  // MARK: Specifications

  private mutating func apply(_ text: String, _ subject: String) throws(Failure) {
    var rest = text[...]
    while !rest.isEmpty {
      let controller = try quoted(&rest, "the name of a controller", subject)
      try expect(":\n - ", &rest, subject)
      try expect("\"strategy\":", &rest, subject)
      let strategy = try quoted(&rest, "\"merge\" or \"replace\"", subject)
      guard strategy == "merge" || strategy == "replace" else { throw wrong("\"merge\" or \"replace\"", strategy, subject) }
      try expect("\n - ", &rest, subject)
      try expect("\"properties\":", &rest, subject)
      let properties = try list(&rest, subject)
      if !rest.isEmpty { try expect("\n", &rest, subject) }
      let known = strategy == "merge" ? names[controller] ?? [] : []
      names[controller] = known + properties.filter { !known.contains($0) }
      rest = rest.drop { $0 == " " || $0 == "\n" }
    }
  }

  private func list(_ rest: inout Substring, _ subject: String) throws(Failure) -> [String] {
    try expect("[", &rest, subject)
    var properties: [String] = []
    while true {
      rest = rest.drop { $0 == " " }
      if properties.isEmpty, rest.first == "]" { break }
      properties.append(try quoted(&rest, "the name of a property", subject))
      rest = rest.drop { $0 == " " }
      guard rest.first == "," else { break }
      rest.removeFirst()
    }
    try expect("]", &rest, subject)
    return properties
  }

  private func quoted(_ rest: inout Substring, _ what: String, _ subject: String) throws(Failure) -> String {
    rest = rest.drop { $0 == " " }
    let inside = rest.dropFirst().prefix { $0 != "\"" }
    guard rest.first == "\"", !inside.isEmpty, inside.endIndex < rest.endIndex else { throw wrong(what, rest, subject) }
    rest = rest[rest.index(after: inside.endIndex)...]
    return String(inside)
  }

  private func expect(_ token: String, _ rest: inout Substring, _ subject: String) throws(Failure) {
    rest = rest.drop { $0 == " " }
    guard rest.hasPrefix(token) else { throw wrong(token, rest, subject) }
    rest = rest.dropFirst(token.count)
  }

  private func wrong(_ expected: String, _ found: some StringProtocol, _ subject: String) -> Failure {
    func shown(_ text: String) -> String { text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n") }
    return Failure(
      "understand the properties of cgroups", "\(subject): \(shown(expected)) is missing at: \(shown(String(found.prefix(40))))",
      .invalid, remedy: "Write them as criu(8) shows under --cgroup-props: the quotes, blanks and line ends are needed.")
  }
}
