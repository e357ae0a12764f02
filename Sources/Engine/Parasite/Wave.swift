internal import Linux

/// Things that go through steps side by side: each step is done with all before the next begins. One that fails goes no
/// further, and holds up no other.
struct Wave<Element> {
  private var going: [Element]
  /// The first.
  private var failure: Failure?

  init(_ elements: [Element]) { going = elements }

  mutating func step(_ body: (Element) throws(Failure) -> Void) {
    var left: [Element] = []
    left.reserveCapacity(going.count)
    for element in going {
      do throws(Failure) {
        try body(element)
        left.append(element)
      } catch {
        if failure == nil { failure = error }
      }
    }
    going = left
  }

  /// - Throws: What failed first.
  func finish() throws(Failure) {
    if let failure { throw failure }
  }
}
