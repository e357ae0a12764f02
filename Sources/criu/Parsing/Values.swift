internal import Linux

/// Reads of option values: each says which option was wrong, and what its value looks like.

extension CommandOption.Occurrence {
  /// "--ghost-limit 1X", as a message names it.
  var text: String { value.map { "\(spelled) \($0)" } ?? spelled }

  func wrong(_ remedy: String) -> Failure { Failure("understand the option", text, .invalid, remedy: remedy) }
}

/// A decimal number in a range.
func number<N: FixedWidthInteger>(_ it: CommandOption.Occurrence, in range: ClosedRange<N>) throws(Failure) -> N {
  guard let value = it.value, let number = N(value), range.contains(number) else {
    throw it.wrong("Give it a number from \(range.lowerBound) to \(range.upperBound).")
  }
  return number
}

func descriptor(_ it: CommandOption.Occurrence) throws(Failure) -> CInt { try number(it, in: 0...CInt.max) }

/// Bytes, with an optional K, M or G for the powers of 1024.
func byteCount(_ it: CommandOption.Occurrence) throws(Failure) -> Int {
  let wrong = it.wrong("Give it a number of bytes, with K, M or G after it for larger units, for example 8M.")
  guard let value = it.value, let last = value.last else { throw wrong }
  let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30]
  let shift = shifts[last]
  guard let number = Int(shift == nil ? value[...] : value.dropLast()), number >= 0 else { throw wrong }
  let (bytes, overflows) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
  guard !overflows else { throw wrong }
  return bytes
}

/// One of the words of an enumeration, or `absent` where the value may be left out and was.
func word<W: RawRepresentable & CaseIterable>(
  _ it: CommandOption.Occurrence, absent: W? = nil
) throws(Failure) -> W where W.RawValue == String {
  guard let value = it.value else {
    guard let absent else { throw it.wrong("Give it a value.") }
    return absent
  }
  guard let word = W(rawValue: value) else {
    throw it.wrong("It takes one of: \(W.allCases.map(\.rawValue).joined(separator: ", ")).")
  }
  return word
}

/// "KEY<separator>VALUE", both not empty.
func pair(
  _ it: CommandOption.Occurrence, _ separator: Character, form: String
) throws(Failure) -> (key: String, value: String) {
  guard let text = it.value, let middle = text.firstIndex(of: separator), middle != text.startIndex,
    text.index(after: middle) != text.endIndex
  else { throw it.wrong("Write it as \(form).") }
  return (String(text[..<middle]), String(text[text.index(after: middle)...]))
}

/// Parts between commas, without empty ones.
func commaSeparated(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
