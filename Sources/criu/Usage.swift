/// What --help and --version print.
enum Usage {
  static let version = """
    Version: 4.2
    An engine in Swift for the images, the commands and the requests of CRIU 4.2

    """

  static let short = """
    Usage: criu COMMAND [OPTION ...]
    try: criu --help

    """

  /// Lines of at most 80 columns.
  static var text: String {
    var lines = ["Usage: criu COMMAND [OPTION ...]", ""]
    lines += ["Save running programs as images, and make them run again from these.", "", "Commands:"]
    for command in Command.allCases {
      guard let help = command.help else { continue }
      lines += entry(command.rawValue, help + (command.built ? "." : " (not built yet)."))
    }
    for group in OptionTable.groups {
      lines += ["", "\(group.title):"]
      for option in group.options { lines += entry(spelling(option), option.help + remarks(option)) }
    }
    lines += ["", "Most flags have a --no- form. Long names may be cut while they stay unique;"]
    lines += ["this engine's own are only taken in full."]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func spelling(_ option: CommandOption) -> String {
    let long =
      switch option.value {
      case .flag: "--\(option.name)"
      case .required(let form): "--\(option.name) \(form)"
      case .optional(let form): "--\(option.name)[=\(form)]"
      }
    return option.short.map { "-\($0), \(long)" } ?? "    \(long)"
  }

  private static func remarks(_ option: CommandOption) -> String {
    var remarks: [String] = []
    if option.own { remarks.append("this engine's own") }
    if option.deprecated { remarks.append("deprecated") }
    if !option.built { remarks.append("not built yet") }
    return remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))"
  }

  private static let columns = 80
  private static let textColumn = 32

  /// A name on the left, its text on the right, or below where the name is long.
  private static func entry(_ name: String, _ text: String) -> [String] {
    let indent = String(repeating: " ", count: textColumn)
    var lines: [String] = []
    var line = "  " + name
    if line.utf8.count + 2 > textColumn {
      lines.append(line)
      line = indent
    } else {
      line += String(repeating: " ", count: textColumn - line.utf8.count)
    }
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty, line.utf8.count + 1 + word.utf8.count > columns {
        lines.append(line)
        line = indent
        isEmpty = true
      }
      line += isEmpty ? String(word) : " " + word
      isEmpty = false
    }
    return lines + [line]
  }
}
