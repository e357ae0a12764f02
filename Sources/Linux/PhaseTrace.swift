internal import CLinux
internal import Glibc

/// Where the time of a command goes, in the Chrome trace format, which chrome://tracing, Perfetto and speedscope show: an
/// array of events, each written when its phase ends, so that a command that fails leaves what it has.
///
/// An event: {"name": "freeze", "ph": "X", "ts": begin, "dur": length, "tdur": what we had of a processor, "pid": our pid,
/// "tid": 0 or the task's pid}, times in microseconds of CLOCK_MONOTONIC, "tdur" of CLOCK_THREAD_CPUTIME_ID: on a busy
/// machine it tells more.
public final class PhaseTrace: Sendable {
  private let descriptor: CInt
  private let path: String

  /// - Throws: `ENOENT` there is no such directory; an old trace is overwritten.
  public init(writingTo path: String) throws(Failure) {
    let file = try FilePath(path).open(
      flags: O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, mode: 0o644, remedy: "Name a file in a directory that exists, with --trace.")
    descriptor = file.release()
    self.path = path
    put("[\n")
  }

  deinit { _ = Glibc.close(descriptor) }

  /// Runs `body` as a phase.
  ///
  /// - Parameter task: Whose phase it is; 0: of the whole tree.
  func phase<R>(_ name: String, task: Int32, _ body: () throws(Failure) -> R) throws(Failure) -> R {
    let began = monotonicMicroseconds()
    let used = processorMicroseconds()
    defer {
      put(
        #"{"name": "\#(name)", "ph": "X", "ts": \#(began), "dur": \#(monotonicMicroseconds() - began), "#
          + #""tdur": \#(processorMicroseconds() - used), "pid": \#(currentPid()), "tid": \#(task)},"# + "\n")
    }
    return try body()
  }

  /// Success path, once.
  public func finish() throws(Failure) {
    try check("write the trace", path, remedy: "See that there is room where --trace points to.") {
      put(#"{"name": "process_name", "ph": "M", "pid": \#(currentPid()), "args": {"name": "criu"}}]"# + "\n")
    }
  }

  /// - Returns: As write(2). What cannot be written in the middle of a dump is no reason to fail it.
  @discardableResult
  private func put(_ text: String) -> Int {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes {
      systemCall(SystemCall(SYS_write), Int(descriptor), Int(bitPattern: $0.baseAddress), $0.count)
    }
  }
}

extension Log {
  /// Runs `body` as a phase of the trace, where there is one (`PhaseTrace`).
  ///
  /// - Parameter task: Whose phase it is; 0: of the whole tree.
  public func phase<R>(_ name: String, task: Int32 = 0, _ body: () throws(Failure) -> R) throws(Failure) -> R {
    guard let trace else { return try body() }
    return try trace.phase(name, task: task, body)
  }
}
