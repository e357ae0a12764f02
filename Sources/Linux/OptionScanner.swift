internal import CLinux
internal import Glibc

/// The options of an argument vector, as getopt_long(3) sees them: abbreviations, `--name=value`, bundled short options,
/// and options after the operands.
public struct OptionScanner {
  /// One option that may occur.
  public struct Pattern: Sendable {
    public enum Value: Sendable { case none, required, optional }
    public let name: String
    /// An ASCII letter, or `nil`.
    public let short: Character?
    public let value: Value

    public init(name: String, short: Character?, value: Value) {
      self.name = name
      self.short = short
      self.value = value
    }
  }

  /// One option that occurred.
  public enum Found: Equatable, Sendable {
    /// `index` counts the patterns; `value` is `nil` where none was given; `isShort` tells `-d` from `--detach`.
    case option(index: Int, value: String?, isShort: Bool)
    /// The argument as typed: no pattern, or several, begin with it.
    case unknown(argument: String)
    case unknownShort(Character)
    case valueMissing(index: Int)
    case valueNotAllowed(index: Int)
  }

  /// Scans the whole vector.
  ///
  /// - Parameter arguments: With the program's name first, as main gets it.
  /// - Returns: Options in their order, ended by the first that is wrong; and the operands, which are whole only where
  ///   no option was wrong.
  public static func scan(_ arguments: [String], for patterns: [Pattern]) -> (options: [Found], operands: [String]) {
    var copies: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var longs = patterns.enumerated().map { index, pattern in
      option(name: strdup(pattern.name), has_arg: hasArgument(pattern.value), flag: nil, val: firstValue + CInt(index))
    }
    longs.append(option())
    defer {
      for copy in copies { free(copy) }
      for long in longs { free(UnsafeMutableRawPointer(mutating: long.name)) }
    }
    // The leading colon makes a missing value (":") differ from an unknown option ("?").
    let shorts = ":" + patterns.map(shortText).joined()

    var options: [Found] = []
    var found = cl_option_found()
    var isFirst = true
    while true {
      cl_getopt_long(CInt(arguments.count), &copies, shorts, longs, isFirst ? 1 : 0, &found)
      isFirst = false
      guard found.value != -1 else { break }
      let typed = copies[Int(found.next) - 1].map { String(cString: $0) } ?? ""
      let one = classify(found, typed: typed, patterns)
      options.append(one)
      guard case .option = one else { return (options, []) }
    }
    let operands = copies[Int(found.next)..<arguments.count].map { $0.map { String(cString: $0) } ?? "" }
    return (options, operands)
  }

  /// Above every letter, so that a value of getopt_long tells a pattern from a short option.
  private static let firstValue: CInt = 256

  private static func classify(_ found: cl_option_found, typed: String, _ patterns: [Pattern]) -> Found {
    func index(of value: CInt) -> Int? {
      if value >= firstValue { return Int(value - firstValue) }
      return patterns.firstIndex { $0.short.map { CInt($0.asciiValue ?? 0) } == value }
    }
    let value = found.argument.map { String(cString: $0) }
    switch found.value {
    case CInt(UInt8(ascii: ":")):
      return index(of: found.offending).map { .valueMissing(index: $0) } ?? .unknown(argument: typed)
    case CInt(UInt8(ascii: "?")):
      if found.offending == 0 { return .unknown(argument: typed) }
      if found.offending >= firstValue { return .valueNotAllowed(index: Int(found.offending - firstValue)) }
      return .unknownShort(Character(UnicodeScalar(UInt8(truncatingIfNeeded: found.offending))))
    default:
      return index(of: found.value).map { .option(index: $0, value: value, isShort: found.value < firstValue) }
        ?? .unknown(argument: typed)
    }
  }

  private static func hasArgument(_ value: Pattern.Value) -> CInt {
    switch value {
    case .none: no_argument
    case .required: required_argument
    case .optional: optional_argument
    }
  }

  private static func shortText(_ pattern: Pattern) -> String {
    guard let short = pattern.short else { return "" }
    switch pattern.value {
    case .none: return "\(short)"
    case .required: return "\(short):"
    case .optional: return "\(short)::"
    }
  }
}
