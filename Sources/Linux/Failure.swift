/// The only error type of the project, always `throws(Failure)`. No field has a default, so none can be left out.
///
/// Prints as two lines, which is what a user sees:
///
///     cannot seize the task: pid 4211 (nginx): No such process, while dumping files of pid 4211
///     try: The task ended during the dump: freeze its cgroup first with --freeze-cgroup.
public struct Failure: Error, Sendable, CustomStringConvertible {
  /// What was tried, as a phrase that follows "cannot": "seize the task".
  public let attempted: String
  /// On which process, file or record: "pid 4211 (nginx)".
  public let subject: String
  /// Why. Our own checks pick one too: `.badMessage` damaged image, `.notSupported` cannot be done.
  public let errno: Errno
  /// What the user can do about it, a whole sentence.
  public let remedy: String
  /// Outer steps, innermost first.
  public private(set) var trail: [String] = []

  public init(_ attempted: String, _ subject: String, _ errno: Errno, remedy: String) {
    self.attempted = attempted
    self.subject = subject
    self.errno = errno
    self.remedy = remedy
  }

  /// The first line, without the remedy.
  public var summary: String {
    "cannot \(attempted): \(subject): \(errno)" + trail.map { ", while \($0)" }.joined()
  }

  public var description: String { summary + "\ntry: \(remedy)" }

  public func during(_ step: String) -> Failure {
    var outer = self
    outer.trail.append(step)
    return outer
  }
}

/// Runs `body`, and names the step in what it throws.
@inlinable
public func during<R: ~Copyable>(
  _ step: @autoclosure () -> String, _ body: () throws(Failure) -> R
) throws(Failure) -> R {
  do throws(Failure) { return try body() } catch { throw error.during(step()) }
}

/// For what a running program may end or close meanwhile, and for what somebody else does where this cannot.
///
/// - Returns: `nil` where `read` failed.
public func ifThere<R>(_ read: () throws(Failure) -> R) -> R? {
  do throws(Failure) { return try read() } catch { return nil }
}
