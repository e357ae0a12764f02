/// Reads one .proto file. What it does not know is an error with a line number, never skipped.
struct SchemaParser {
  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  private let file: String
  private var lines: Substring
  private var lineNumber = 0
  private var comment: [String] = []

  static func parse(_ text: String, file: String) throws(Mistake) -> SchemaFile {
    var parser = SchemaParser(file: file, lines: text[...])
    var result = SchemaFile(name: file)
    while let words = parser.nextStatement() {
      switch words.first {
      case "syntax" where words == ["syntax", "=", "\"proto2\""], "import": parser.comment = []
      case "message" where words.count == 3 && words[2] == "{":
        result.messages.append(try parser.message(named: words[1]))
      case "enum" where words.count == 3 && words[2] == "{":
        result.enumerations.append(try parser.enumeration(named: words[1], inside: nil))
      default: throw parser.mistake(words)
      }
    }
    return result
  }

  private init(file: String, lines: Substring) {
    self.file = file
    self.lines = lines
  }

  private mutating func message(named name: String) throws(Mistake) -> Message {
    var message = Message(name: name, comment: takeComment())
    while let words = nextStatement() {
      switch words.first {
      case "}": return message
      case "reserved": comment = []
      case "enum" where words.count == 3 && words[2] == "{":
        message.enumerations.append(try enumeration(named: words[1], inside: name))
      default: message.fields.append(try field(words))
      }
    }
    throw Mistake(description: "\(file): message \(name) does not end")
  }

  private mutating func enumeration(named name: String, inside outer: String?) throws(Mistake) -> Enumeration {
    let fullName = outer.map { "\($0).\(name)" } ?? name
    var result = Enumeration(name: name, fullName: fullName, comment: takeComment())
    while let words = nextStatement() {
      if words == ["}"] { return result }
      guard words.count == 3, words[1] == "=", let number = Int(words[2]) else { throw mistake(words) }
      result.values.append((words[0], number))
      comment = []
    }
    throw Mistake(description: "\(file): enum \(name) does not end")
  }

  /// `optional sint32 mnt_id = 7 [default = -1]`
  private mutating func field(_ words: [String]) throws(Mistake) -> Field {
    guard words.count >= 5, let label = Field.Label(rawValue: words[0]), words[3] == "=", let number = Int(words[4])
    else { throw mistake(words) }
    var defaultText: String?
    if words.count > 5 {
      guard words.count == 8, words[5] == "[default", words[6] == "=", words[7].last == "]" else {
        throw mistake(words)
      }
      defaultText = String(words[7].dropLast())
    }
    return Field(
      label: label, type: words[1], name: words[2], number: number, defaultText: defaultText, comment: takeComment())
  }

  /// The words of the next line that is neither empty nor a comment, without the semicolon. Comments before it are
  /// kept for whoever takes them.
  private mutating func nextStatement() -> [String]? {
    while let line = nextLine() {
      let text = line.trimmed
      if text.isEmpty {
        comment = []
      } else if text.hasPrefix("//") {
        comment.append(text.dropFirst(2).trimmed)
      } else {
        let statement = text.last == ";" ? text.dropLast() : text[...]
        return statement.split(separator: " ").map(String.init)
      }
    }
    return nil
  }

  private mutating func nextLine() -> Substring? {
    guard !lines.isEmpty else { return nil }
    lineNumber += 1
    let end = lines.firstIndex(of: "\n") ?? lines.endIndex
    defer { lines = end == lines.endIndex ? "" : lines[lines.index(after: end)...] }
    return lines[..<end]
  }

  private mutating func takeComment() -> [String] {
    defer { comment = [] }
    return comment
  }

  private func mistake(_ words: [String]) -> Mistake {
    Mistake(description: "\(file):\(lineNumber): not understood: \(words.joined(separator: " "))")
  }
}

extension Substring {
  fileprivate var trimmed: String {
    let start = drop { $0 == " " || $0 == "\t" }
    guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return String(start[...last])
  }
}
