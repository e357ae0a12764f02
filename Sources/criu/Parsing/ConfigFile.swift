internal import Linux

/// A configuration file: an option a line, without the dashes, then its value; `#` begins a comment; a value in double
/// quotes may hold blanks and `#`, and `\"` is a quote (criu(8), "Configuration file syntax").
enum ConfigFile {
  /// - Parameter name: For messages.
  /// - Returns: What it sets, in order, and what it says in vain: text after a value.
  static func parse(_ text: String, name: String) throws(Failure) -> (settings: [Setting], warnings: [String]) {
    var settings: [Setting] = []
    var warnings: [String] = []
    var lineNumber = 0
    // To Swift, "\r\n" is one character.
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
      lineNumber += 1
      let place = "\(name) line \(lineNumber)"
      var words = Words(line)
      guard let typed = try words.next(place) else { continue }
      let (optionName, joinedValue) = splitValue(typed)
      guard case .one(let spelling) = OptionTable.match(optionName) else {
        throw ArgumentParser.unknown(optionName, understand).during("reading \(place)")
      }
      var value = joinedValue
      if value == nil, spelling.isOn, spelling.option.takesValue { value = try words.next(place) }
      try checkValue(value, of: spelling, place)
      if let rest = try words.next(place) { warnings.append("\(place): \"\(rest)\" and what follows is ignored") }
      settings.append(
        Setting(
          option: spelling.option,
          occurrence: CommandOption.Occurrence(spelled: "--\(spelling.name)", isOn: spelling.isOn, value: value),
          place: place))
    }
    return (settings, warnings)
  }

  private static let understand = "understand the configuration"

  /// "verbosity=4" is taken too.
  private static func splitValue(_ typed: String) -> (name: String, value: String?) {
    guard let sign = typed.firstIndex(of: "=") else { return (typed, nil) }
    return (String(typed[..<sign]), String(typed[typed.index(after: sign)...]))
  }

  private static func checkValue(
    _ value: String?, of spelling: OptionTable.Spelling, _ place: String
  ) throws(Failure) {
    let takesValue = spelling.isOn && spelling.option.takesValue
    if value != nil, !takesValue {
      throw Failure(understand, place, .invalid, remedy: "\(spelling.name) takes no value: leave it out.")
    }
    if value == nil, case .required(let form) = spelling.option.value, spelling.isOn {
      throw Failure(understand, place, .invalid, remedy: "\(spelling.name) takes a value: write \(form) after it.")
    }
  }

  /// The words of one line.
  private struct Words {
    private var rest: Substring

    init(_ line: Substring) { rest = line }

    /// - Returns: `nil` at the end of the line or at a comment.
    mutating func next(_ place: String) throws(Failure) -> String? {
      rest = rest.drop { $0 == " " || $0 == "\t" }
      guard let first = rest.first, first != "#" else { return nil }
      var word = ""
      let isQuoted = first == "\""
      if isQuoted { rest.removeFirst() }
      while let character = rest.first {
        if rest.hasPrefix("\\\"") {
          word.append("\"")
          rest.removeFirst(2)
          continue
        }
        if isQuoted, character == "\"" {
          rest.removeFirst()
          return word
        }
        if !isQuoted, character == " " || character == "\t" || character == "#" { return word }
        word.append(character)
        rest.removeFirst()
      }
      guard !isQuoted else {
        throw Failure(understand, place, .invalid, remedy: "A quote is open at the end of the line: close it.")
      }
      return word
    }
  }
}
