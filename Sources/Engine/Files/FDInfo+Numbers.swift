internal import Linux

/// The lines of fdinfo that depend on the kind of a file (proc_pid_fdinfo(5)), as numbers.
extension FDInfo {
  /// The number after `key`, which ends in ":", of the one line that begins so.
  ///
  /// - Throws: `EBADMSG` there is no such line, or no number in it.
  func number(_ key: StaticString, radix: Int, _ subject: @autoclosure () -> String) throws(Failure) -> UInt64 {
    guard let value = values(of: key).first, let number = UInt64(value, radix: radix) else {
      throw unreadable("\(key)", subject())
    }
    return number
  }

  /// The two numbers of "key: (1, 2)".
  func pair(_ key: StaticString, _ subject: @autoclosure () -> String) throws(Failure) -> (UInt64, UInt64) {
    guard let value = values(of: key).first, value.first == "(", value.last == ")" else {
      throw unreadable("\(key)", subject())
    }
    let numbers = value.dropFirst().dropLast().split { $0 == "," || $0 == " " }.map { UInt64($0) }
    guard numbers.count == 2, let first = numbers[0], let second = numbers[1] else {
      throw unreadable("\(key)", subject())
    }
    return (first, second)
  }

  func unreadable(_ key: String, _ subject: String) -> Failure {
    Failure(
      "read \"\(key)\" in fdinfo", subject, .badMessage,
      remedy: "This kernel prints such descriptors in a way that is not known here: report its version and the line.")
  }
}
