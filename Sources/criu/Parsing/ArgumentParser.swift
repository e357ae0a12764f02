internal import Linux

/// Options in the order in which they are applied, each with where it was found.
struct Setting: Sendable {
  let option: CommandOption
  let occurrence: CommandOption.Occurrence
  /// "/etc/criu/default.conf line 3"; `nil` for the command line, which the user sees anyway.
  let place: String?
}

/// What the command line says, before any of it is applied.
struct ParsedArguments: Sendable {
  var settings: [Setting] = []
  /// The command and its own arguments.
  var operands: [String] = []
}

/// The command line: getopt_long(3) over the option table.
enum ArgumentParser {
  /// - Parameter arguments: With the program's name first.
  static func parse(_ arguments: [String]) throws(Failure) -> ParsedArguments {
    let scanned = OptionScanner.scan(arguments.map(hideOwn), for: patterns)
    var parsed = ParsedArguments()
    for found in scanned.options {
      guard case .option(let index, let value, let isShort) = found else { throw failure(found) }
      let spelling = OptionTable.spellings[index]
      let short = isShort ? spelling.option.short : nil
      let occurrence = CommandOption.Occurrence(
        spelled: short.map { "-\($0)" } ?? "--\(spelling.name)", isOn: spelling.isOn, value: value.map(showOwn))
      parsed.settings.append(Setting(option: spelling.option, occurrence: occurrence, place: nil))
    }
    parsed.operands = scanned.operands.map(showOwn)
    return parsed
  }

  private static let patterns: [OptionScanner.Pattern] = OptionTable.spellings.map { spelling in
    let value: OptionScanner.Pattern.Value =
      switch spelling.option.value {
      case .required where spelling.isOn: .required
      case .optional where spelling.isOn: .optional
      default: .none
      }
    return OptionScanner.Pattern(
      name: spelling.option.own ? ownMark + spelling.name : spelling.name,
      short: spelling.isOn ? spelling.option.short : nil, value: value)
  }

  // MARK: Our own options

  // getopt_long knows our own options by a name that nobody types, so that they take part in no abbreviation; those
  // written in full get that name before the scan. A value that looks like one is turned back after it.
  private static let ownMark = "\u{1}"

  private static func hideOwn(_ argument: String) -> String {
    guard argument.hasPrefix("--") else { return argument }
    let name = argument.dropFirst(2).prefix { $0 != "=" }
    guard OptionTable.spellings.contains(where: { $0.option.own && $0.name == name }) else { return argument }
    return "--" + ownMark + argument.dropFirst(2)
  }

  private static func showOwn(_ argument: String) -> String {
    argument.hasPrefix("--" + ownMark) ? "--" + argument.dropFirst(3) : argument
  }

  // MARK: What is wrong

  private static func failure(_ found: OptionScanner.Found) -> Failure {
    let understand = "understand the command line"
    switch found {
    case .option(let index, _, _), .valueMissing(let index):
      return Failure(
        understand, "--\(OptionTable.spellings[index].name)", .invalid, remedy: "This option takes a value: add it.")
    case .valueNotAllowed(let index):
      return Failure(
        understand, "--\(OptionTable.spellings[index].name)", .invalid,
        remedy: "This option takes no value: leave it out.")
    case .unknownShort(let letter):
      return Failure(understand, "-\(letter)", .invalid, remedy: "There is no such option: see criu --help.")
    case .unknown(let argument):
      return unknown(String(argument.prefix { $0 != "=" }.drop { $0 == "-" }), understand)
    }
  }

  /// For a long name that means no option, or several.
  static func unknown(_ name: String, _ attempted: String) -> Failure {
    if case .ambiguous(let names) = OptionTable.match(name) {
      return Failure(
        attempted, "--\(name)", .invalid,
        remedy: "It stands for several options: write more of " + names.map { "--\($0)" }.joined(separator: ", ") + ".")
    }
    return Failure(attempted, "--\(name)", .invalid, remedy: "There is no such option: see criu --help.")
  }
}
