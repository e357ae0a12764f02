/// What the .proto files say, as far as we use the language: proto2 without packages, extensions, groups, maps and
/// oneofs.
struct Schema {
  var files: [SchemaFile] = []

  /// Messages and enums by the name that a field uses for them: `core_entry`, `core_entry.march`.
  var messages: [String: Message] = [:]
  var enumerations: [String: Enumeration] = [:]

  mutating func add(_ file: SchemaFile) {
    files.append(file)
    for enumeration in file.enumerations { enumerations[enumeration.fullName] = enumeration }
    for message in file.messages {
      messages[message.name] = message
      for nested in message.enumerations { enumerations[nested.fullName] = nested }
    }
  }

  /// The enum that a field of `message` means: a nested one hides one of the whole schema.
  func enumeration(_ name: String, in message: Message) -> Enumeration? {
    enumerations["\(message.name).\(name)"] ?? enumerations[name]
  }

  /// Whether a message may hold itself, at any distance: such input can be nested without end.
  func nests(_ message: Message) -> Bool {
    var seen: Set<String> = []
    var waiting = [message.name]
    while let name = waiting.popLast() {
      guard seen.insert(name).inserted else { continue }
      if reaches(name, from: name) { return true }
      waiting += messages[name]?.fields.map(\.type).filter { messages[$0] != nil } ?? []
    }
    return false
  }

  private func reaches(_ target: String, from start: String) -> Bool {
    var seen: Set<String> = []
    var waiting = messages[start]?.fields.map(\.type) ?? []
    while let name = waiting.popLast() {
      if name == target { return true }
      guard seen.insert(name).inserted else { continue }
      waiting += messages[name]?.fields.map(\.type) ?? []
    }
    return false
  }
}

struct SchemaFile {
  /// `core-x86.proto`
  let name: String
  var messages: [Message] = []
  var enumerations: [Enumeration] = []
}

struct Message {
  let name: String
  let comment: [String]
  var fields: [Field] = []
  var enumerations: [Enumeration] = []
}

struct Enumeration {
  /// `march`
  let name: String
  /// `core_entry.march`
  let fullName: String
  let comment: [String]
  var values: [(name: String, number: Int)] = []
}

struct Field {
  enum Label: String { case required, optional, repeated }

  let label: Label
  let type: String
  let name: String
  let number: Int
  /// The text after `default =`, or nil.
  let defaultText: String?
  let comment: [String]
}
