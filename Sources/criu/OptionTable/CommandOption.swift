internal import Linux

/// One long option, declared once: the command line, configuration files, `no-` forms, RPC and --help come from it.
struct CommandOption: Sendable {
  enum Value: Sendable {
    case flag
    /// The text names the value in --help: "PID".
    case required(String)
    case optional(String)
  }

  /// One occurrence of the option.
  struct Occurrence: Sendable {
    /// "--ghost-limit", or "--no-ghost-fiemap".
    let spelled: String
    /// `false` for the `no-` form.
    let isOn: Bool
    /// `nil` for a flag, and for an optional value that was not given.
    let value: String?
  }

  typealias Apply = @Sendable (inout Options, Occurrence) throws(Failure) -> Void

  let name: String
  let short: Character?
  let value: Value
  /// Where it has an effect. Elsewhere it is taken and means nothing, since one configuration file serves all commands.
  let commands: CommandSet
  /// Has a `no-` form.
  let negatable: Bool
  /// Number of its field in `criu_opts`.
  let rpc: Int?
  /// Not an option of CRIU 4.2: matched only when written in full, so that no abbreviation changes its meaning.
  let own: Bool
  /// Whether it does what it says. One that does not is refused by name, with `lacking`, before anything is touched.
  let built: Bool
  let lacking: String
  let deprecated: Bool
  let help: String
  let apply: Apply

  init(
    _ name: String, short: Character? = nil, _ value: Value = .flag, for commands: CommandSet, negatable: Bool = false,
    rpc: Int? = nil, own: Bool = false, built: Bool = true, lacking: String = "", deprecated: Bool = false,
    help: String, apply: @escaping Apply
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.commands = commands
    self.negatable = negatable
    self.rpc = rpc
    self.own = own
    self.built = built
    self.lacking = lacking
    self.deprecated = deprecated
    self.help = help
    self.apply = apply
  }

  var takesValue: Bool {
    if case .flag = value { return false }
    return true
  }
}
