internal import CLinux
internal import Glibc

/// How a process ended (waitpid(2)).
public enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
  case exited(Int32)
  case killed(signal: Int32)

  public var description: String {
    switch self {
    case .exited(let status): "exit status \(status)"
    case .killed(let signal): "killed by signal \(signal)"
    }
  }

  /// As shells tell it: 128 and the signal for a killed one.
  public var shellStatus: Int32 {
    switch self {
    case .exited(let status): status
    case .killed(let signal): 128 + signal
    }
  }

  init(raw: CInt) {
    let signal = raw & 0x7F
    self = signal == 0 ? .exited((raw >> 8) & 0xFF) : .killed(signal: signal)
  }
}

/// Runs a program to its end, with the signals that a program expects: none blocked, SIGPIPE and SIGCHLD as by default
/// (we ignore the former).
///
/// - Parameters:
///   - arguments: Its name first.
///   - added: Variables beside those of our own environment, in whose place they come.
public func runProgram(
  _ path: String, _ arguments: [String], added: [String: String] = [:]
) throws(Failure) -> ExitStatus {
  let pid = try spawn(path, arguments, environment(with: added))
  return try waitForEnd(of: pid)
}

/// Becomes another program (execvp(3)); SIGPIPE is as by default in it.
///
/// - Returns: Only when that failed.
public func becomeProgram(_ arguments: [String]) -> Failure {
  Glibc.signal(SIGPIPE, SIG_DFL)
  withCStrings(arguments) { _ = execvp($0[0]!, $0) }
  return Failure(
    "run the program", arguments.first ?? "", Errno(Glibc.errno), remedy: "Check that it is there and may be run.")
}

/// Waits for a child to end, and reaps it.
public func waitForEnd(of pid: Int32) throws(Failure) -> ExitStatus {
  var raw: CInt = 0
  try check("wait for the process", "pid \(pid)", remedy: "Something else reaped this child of ours: stop that.") {
    waitpid(pid, &raw, 0) < 0 ? -Int(Glibc.errno) : 0
  }
  return ExitStatus(raw: raw)
}

private func spawn(_ path: String, _ arguments: [String], _ environment: [String]) throws(Failure) -> pid_t {
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var restored = sigset_t()
  sigemptyset(&restored)
  posix_spawnattr_setsigmask(&attributes, &restored)
  for signal in [SIGPIPE, SIGCHLD] { sigaddset(&restored, signal) }
  posix_spawnattr_setsigdefault(&attributes, &restored)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

  var pid: pid_t = 0
  let error = withCStrings(arguments) { arguments in
    withCStrings(environment) { environment in posix_spawn(&pid, path, nil, &attributes, arguments, environment) }
  }
  guard error == 0 else {
    throw Failure("run the program", path, Errno(error), remedy: "Check that it is there and may be run.")
  }
  return pid
}

private func environment(with added: [String: String]) -> [String] {
  var all: [String] = []
  var next = cl_environment()
  while let place = next, let variable = place.pointee {
    let text = String(cString: variable)
    if added[String(text.prefix { $0 != "=" })] == nil { all.append(text) }
    next = place + 1
  }
  return all + added.map { "\($0.key)=\($0.value)" }
}

/// A vector as execve(2) wants it, for as long as `body` runs.
private func withCStrings<R>(_ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R
{
  var copies = texts.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
}
