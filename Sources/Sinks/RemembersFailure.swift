internal import Linux

/// Work that goes on behind its caller's back: after the first failure, every later step fails with it.
protocol RemembersFailure: AnyObject {
  var failure: Failure? { get set }
}

extension RemembersFailure {
  func remember(_ body: () throws(Failure) -> Void) throws(Failure) {
    if let failure { throw failure }
    do throws(Failure) {
      try body()
    } catch {
      failure = error
      throw error
    }
  }
}
