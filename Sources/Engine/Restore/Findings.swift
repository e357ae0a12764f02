internal import Linux

/// What a check found wrong, all at once, so that a user mends a set in one go.
struct Findings {
  private(set) var failures: [Failure] = []

  mutating func add(_ failure: Failure) { failures.append(failure) }

  /// Runs one check and keeps what it throws.
  mutating func collect<R>(_ check: () throws(Failure) -> R) -> R? {
    do throws(Failure) { return try check() } catch {
      add(error)
      return nil
    }
  }

  /// - Throws: The first finding; the others are logged.
  func throwAny(log: Log) throws(Failure) {
    guard let first = failures.first else { return }
    for other in failures.dropFirst() { log.error(other) }
    throw first
  }
}
