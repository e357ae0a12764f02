/// Names of the schema in the form of Swift and of protoc-c.
enum Names {
  /// `user_x86_regs_entry` is `UserX86RegsEntry`, in Swift and in C.
  static func type(_ name: String) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// `core_entry.march` is `CoreEntry.March` in Swift.
  static func swiftType(_ fullName: String) -> String {
    fullName.split(separator: ".").map { type(String($0)) }.joined(separator: ".")
  }

  /// `core_entry.march` is `CoreEntry__March` in C.
  static func cType(_ fullName: String) -> String {
    fullName.split(separator: ".").map { type(String($0)) }.joined(separator: "__")
  }

  /// `blk_sigset` is `blkSigset`. An underscore between two digits stays: `X86_64` is `x86_64`.
  static func member(_ name: String) -> String {
    let isShouting = !name.contains { $0.isLowercase }
    var result = ""
    for word in (isShouting ? name.lowercased() : name).split(separator: "_") {
      if let last = result.last, last.isNumber, word.first?.isNumber == true { result += "_" }
      result += result.isEmpty ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
    }
    return keywords.contains(result) ? "`\(result)`" : result
  }

  private static let keywords: Set<String> = [
    "as", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
    "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout",
    "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat",
    "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "var", "where", "while",
  ]
}
