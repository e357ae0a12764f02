/// All options. The order is that of --help.
enum OptionTable {
  static let groups: [(title: String, options: [CommandOption])] = [
    ("Common options", commonOptions),
    ("Dump and restore", taskOptions),
    ("Files and sockets", resourceOptions),
    ("Memory", memoryOptions),
    ("Mounts and namespaces", namespaceOptions),
    ("Cgroups", cgroupOptions),
    ("Page server", pageServerOptions),
    ("Check", checkOptions),
  ]

  static let all: [CommandOption] = groups.flatMap(\.options)

  /// A long name that may be typed: an option's own, or its `no-` form.
  struct Spelling: Sendable {
    let name: String
    let isOn: Bool
    let option: CommandOption
  }

  static let spellings: [Spelling] = all.flatMap { option in
    let plain = Spelling(name: option.name, isOn: true, option: option)
    return option.negatable ? [plain, Spelling(name: "no-" + option.name, isOn: false, option: option)] : [plain]
  }

  enum Match {
    case one(Spelling)
    case unknown
    case ambiguous([String])
  }

  /// What a long name means: its own when written in full, else the only option of CRIU 4.2 that begins with it.
  static func match(_ typed: String) -> Match {
    if let exact = spellings.first(where: { $0.name == typed }) { return .one(exact) }
    let candidates = spellings.filter { !$0.option.own && $0.name.hasPrefix(typed) }
    if candidates.count == 1 { return .one(candidates[0]) }
    return candidates.isEmpty ? .unknown : .ambiguous(candidates.map(\.name))
  }
}
