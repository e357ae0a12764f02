/// How one field looks in Swift, and how it goes to and from the C struct that protoc-c made for it.
struct FieldShape {
  let field: Field
  let element: Element

  enum Element {
    /// An integer: the Swift type, which is the C type too.
    case number(String)
    case bool
    case text
    case bytes
    case enumeration(Enumeration)
    case message(String)
  }

  init?(_ field: Field, in message: Message, of schema: Schema) {
    self.field = field
    switch field.type {
    case "uint32", "fixed32": element = .number("UInt32")
    case "uint64", "fixed64": element = .number("UInt64")
    case "int32", "sint32", "sfixed32": element = .number("Int32")
    case "int64", "sint64", "sfixed64": element = .number("Int64")
    case "bool": element = .bool
    case "string": element = .text
    case "bytes": element = .bytes
    default:
      if let enumeration = schema.enumeration(field.type, in: message) {
        element = .enumeration(enumeration)
      } else if schema.messages[field.type] != nil {
        element = .message(Names.type(field.type))
      } else {
        return nil
      }
    }
  }

  var name: String { Names.member(field.name) }

  var elementType: String {
    switch element {
    case .number(let type): type
    case .bool: "Bool"
    case .text: "String"
    case .bytes: "[UInt8]"
    case .enumeration(let enumeration): Names.swiftType(enumeration.fullName)
    case .message(let type): type
    }
  }

  /// The stored property, with its zero value.
  var declaration: String {
    switch field.label {
    case .required: "public var \(name): \(elementType) = \(zero)"
    case .repeated: "public var \(name): [\(elementType)] = []"
    case .optional:
      if case .message = element {
        "@Boxed public var \(name): \(elementType)?"
      } else {
        "public var \(name): \(elementType)?"
      }
    }
  }

  private var zero: String {
    switch element {
    case .number: field.defaultText ?? "0"
    case .bool: field.defaultText ?? "false"
    case .text: field.defaultText ?? "\"\""
    case .bytes: "[]"
    case .enumeration: field.defaultText.map { "." + Names.member($0) } ?? "\(elementType)(rawValue: 0)"
    case .message: "\(elementType)()"
    }
  }

  /// A statement that takes the field out of the C struct `c` points to.
  var readStatement: String {
    let source = "c.pointee.\(field.name)"
    switch (field.label, element) {
    case (.repeated, .number): return "\(name) = Read.values(\(source), c.pointee.n_\(field.name))"
    case (.repeated, .text): return "\(name) = Read.texts(\(source), c.pointee.n_\(field.name))"
    case (.repeated, .message): return "\(name) = Read.messages(\(source), c.pointee.n_\(field.name))"
    case (.optional, .text): return "\(name) = \(source).map(Read.text)"
    case (.optional, .message(let type)): return "\(name) = \(source).map { \(type)(reading: $0) }"
    case (.optional, _): return "if c.pointee.has_\(field.name) != 0 { \(name) = \(read(source)) }"
    default: return "\(name) = \(read(source))"
    }
  }

  private func read(_ source: String) -> String {
    switch element {
    case .number: source
    case .bool: "\(source) != 0"
    case .text: "Read.text(\(source))"
    case .bytes: "Read.bytes(\(source))"
    case .enumeration: "\(elementType)(rawValue: \(source).rawValue)"
    case .message(let type): "\(type)(reading: \(source))"
    }
  }

  /// Statements that put the field into the C struct `c` points to; what they allocate lives as long as `arena`.
  var writeStatements: [String] {
    let target = "c.pointee.\(field.name)"
    switch (field.label, element) {
    case (.repeated, .number): return ["(\(target), c.pointee.n_\(field.name)) = arena.values(\(name))"]
    case (.repeated, .text): return ["(\(target), c.pointee.n_\(field.name)) = arena.texts(\(name))"]
    case (.repeated, .message): return ["(\(target), c.pointee.n_\(field.name)) = arena.messages(\(name))"]
    case (.optional, .text): return ["\(target) = \(name).map(arena.text)"]
    case (.optional, .message): return ["\(target) = \(name).map(arena.message)"]
    case (.optional, _):
      return [
        "if let value = \(name) {", "  c.pointee.has_\(field.name) = 1", "  \(target) = \(write("value"))", "}",
      ]
    default: return ["\(target) = \(write(name))"]
    }
  }

  private func write(_ value: String) -> String {
    switch element {
    case .number: value
    case .bool: "\(value) ? 1 : 0"
    case .text: "arena.text(\(value))"
    case .bytes: "arena.bytes(\(value))"
    case .enumeration(let enumeration): "CImages.\(Names.cType(enumeration.fullName))(\(value).rawValue)"
    case .message: "arena.message(\(value))"
    }
  }

  /// For the tests: a value for the field.
  var sampleStatement: String {
    switch field.label {
    case .required: "\(name) = \(elementType)(sampling: &sampler)"
    case .optional: "\(name) = sampler.optional()"
    case .repeated: "\(name) = sampler.list()"
    }
  }
}
