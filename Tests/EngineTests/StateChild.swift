import Glibc
import Linux

@testable import Engine

/// A child process for tests of state that only a process can have. The test process has threads, so the child's body
/// must not allocate: another thread may have held the allocator's lock.
enum StateChild {
  /// Runs `body` in a child and waits for its end.
  ///
  /// - Returns: Its wait status.
  static func run(_ body: () -> Int32) throws -> Int32 {
    switch try cloneProcess() {
    case .child: exitNow(body())
    case .parent(let child):
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0 && errno == EINTR {}
      return status
    }
  }

  /// Runs `body` with a child that did `before`, sleeps and is stopped, traced by us.
  static func traced<R>(before: () -> Void = {}, _ body: (Tracee) throws -> R) throws -> R {
    switch try cloneProcess() {
    case .child:
      before()
      while true { pause() }
    case .parent(let child):
      defer {
        kill(child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
      }
      // Let it come to its pause.
      usleep(20_000)
      let tracee = Tracee(tid: child)
      if let errno = tracee.seize() {
        throw Failure("trace the test's child", "pid \(child)", errno, remedy: "Run the tests as root.")
      }
      try tracee.interrupt()
      let stop = try tracee.wait(until: Deadline(after: .seconds(5)))
      guard stop == .interrupted else {
        throw Failure("stop the test's child", "\(String(describing: stop))", .timedOut, remedy: "Try again.")
      }
      return try body(tracee)
    }
  }
}
