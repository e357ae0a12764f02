/// Writes the Swift of one .proto file: public values, and how they go to and from the structs of protoc-c.
struct SwiftWriter {
  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  let schema: Schema
  private var lines: [String] = []

  static func values(of file: SchemaFile, in schema: Schema) throws(Mistake) -> String {
    var writer = SwiftWriter(schema: schema)
    writer.lines = ["// Written by imagegen from proto/\(file.name): change that and run `make images`.", ""]
    // A file of enums alone needs neither.
    if !file.messages.isEmpty { writer.lines += ["internal import CImages", "public import Linux"] }
    for enumeration in file.enumerations { writer.write(enumeration) }
    for message in file.messages { try writer.write(message) }
    return writer.lines.joined(separator: "\n") + "\n"
  }

  /// For the tests: how to make values of each type.
  static func samples(of file: SchemaFile, in schema: Schema) throws(Mistake) -> String {
    var writer = SwiftWriter(schema: schema)
    writer.lines = [
      "// Written by imagegen from proto/\(file.name): change that and run `make images`.", "", "import Images",
    ]
    for enumeration in file.enumerations + file.messages.flatMap(\.enumerations) {
      writer.lines += ["", "extension \(Names.swiftType(enumeration.fullName)): Sampled {}"]
    }
    for message in file.messages {
      writer.lines += ["", "extension \(Names.type(message.name)): SampledMessage {"]
      writer.lines.append("  static let protoFile = \"\(file.name)\"")
      writer.lines += ["", "  init(sampling sampler: inout Sampler) {", "    self.init()"]
      writer.lines += try writer.shapes(of: message).map { "    \($0.sampleStatement)" } + ["  }", "}"]
    }
    return writer.lines.joined(separator: "\n") + "\n"
  }

  /// For the tests: the list of all messages.
  static func sampleList(of schema: Schema) -> String {
    var lines = ["// Written by imagegen: run `make images`.", "", "import Images", ""]
    lines.append("let everyMessage: [any SampledMessage.Type] = [")
    lines += schema.files.flatMap(\.messages).map { "  \(Names.type($0.name)).self," } + ["]"]
    return lines.joined(separator: "\n") + "\n"
  }

  private init(schema: Schema) { self.schema = schema }

  private func shapes(of message: Message) throws(Mistake) -> [FieldShape] {
    var shapes: [FieldShape] = []
    for field in message.fields.sorted(by: { $0.number < $1.number }) {
      guard let shape = FieldShape(field, in: message, of: schema) else {
        throw Mistake(description: "\(message.name).\(field.name): no type \(field.type)")
      }
      shapes.append(shape)
    }
    return shapes
  }

  private mutating func write(_ enumeration: Enumeration, indent: String = "") {
    lines.append("")
    lines += enumeration.comment.map { "\(indent)/// \($0)" }
    lines.append("\(indent)/// \(enumeration.fullName): a value that this version does not know stays what it is.")
    lines.append("\(indent)public struct \(Names.type(enumeration.name)): ImageEnumeration {")
    lines += ["\(indent)  public let rawValue: UInt32", "\(indent)  public init(rawValue: UInt32) {"]
    lines += ["\(indent)    self.rawValue = rawValue", "\(indent)  }", ""]
    for value in enumeration.values {
      lines.append("\(indent)  public static let \(Names.member(value.name)) = Self(rawValue: \(value.number))")
    }
    lines += ["", "\(indent)  public static let names: [UInt32: String] = ["]
    lines += enumeration.values.map { "\(indent)    \($0.number): \"\($0.name)\"," }
    lines += ["\(indent)  ]", "\(indent)}"]
  }

  private mutating func write(_ message: Message) throws(Mistake) {
    let type = Names.type(message.name)
    let shapes = try shapes(of: message)
    lines.append("")
    lines += message.comment.isEmpty ? ["/// \(message.name)"] : message.comment.map { "/// \($0)" }
    lines.append("public struct \(type): ImageMessage {")
    for shape in shapes {
      lines += shape.field.comment.map { "  /// \($0)" } + ["  \(shape.declaration)"]
    }
    lines += ["  public var unknownFields: [UnknownField] = []", ""]
    lines += ["  public static let name = \"\(message.name)\"", "", "  public init() {}", ""]
    lines += [
      "  public init(decoding bytes: RawSpan) throws(Failure) {", "    self = try .unpacked(from: bytes)", "  }",
    ]
    lines += ["", "  public func encoded() -> [UInt8] {", "    packed()", "  }"]
    for enumeration in message.enumerations { write(enumeration, indent: "  ") }
    lines += ["}", "", "extension \(type): BridgedMessage {"]
    lines.append("  static let nests = \(schema.nests(message))")
    lines += ["", "  static func initialize(_ c: UnsafeMutablePointer<CImages.\(type)>) {"]
    lines += ["    \(message.name)__init(c)", "  }"]
    lines += ["", "  init(reading c: UnsafePointer<CImages.\(type)>) {"]
    lines += shapes.map { "    \($0.readStatement)" } + ["    unknownFields = Read.unknown(c.pointee.base)", "  }"]
    lines += ["", "  func write(to c: UnsafeMutablePointer<CImages.\(type)>, _ arena: Arena) {"]
    lines += shapes.flatMap(\.writeStatements).map { "    \($0)" }
    lines += ["    arena.setUnknown(unknownFields, in: &c.pointee.base)", "  }", "}"]
  }
}
