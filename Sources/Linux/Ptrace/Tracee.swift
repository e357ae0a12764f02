internal import CLinux
internal import Glibc

/// A thread that this thread of ours traces, or is to trace (ptrace(2)). A name only: nothing ends with it, and the
/// kernel lets go of every tracee when we die.
///
/// All calls but `seize` and `interrupt` need the thread to be stopped, and fail with `ESRCH` when it is not or has
/// been killed.
public struct Tracee: Hashable, Sendable {
  public let tid: Int32

  public init(tid: Int32) { self.tid = tid }

  enum Request: Int {
    case resume = 7
    case readRegisters = 12
    case writeRegisters = 13
    case detach = 17
    case resumeToSystemCall = 24
    case setOptions = 0x4200
    case signalInfo = 0x4202
    case readRegisterSet = 0x4204
    case writeRegisterSet = 0x4205
    case seize = 0x4206
    case interrupt = 0x4207
    case readSignalMask = 0x420a
    case writeSignalMask = 0x420b
    case readRestartableSequence = 0x420f
  }

  public struct Options: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// Tells system call stops from SIGTRAP; `TraceStop` relies on it.
    public static let markSystemCalls = Options(rawValue: 1)
    /// The thread is killed when we die.
    public static let killOnExit = Options(rawValue: 1 << 20)
    /// Filters do not run while we trace. `EPERM` without CAP_SYS_ADMIN or when we have filters ourselves.
    public static let suspendSeccomp = Options(rawValue: 1 << 21)
  }

  func request(_ request: Request, _ address: Int = 0, _ data: Int = 0) -> Int {
    systemCall(SystemCall(SYS_ptrace), request.rawValue, Int(tid), address, data)
  }

  @discardableResult
  func checked(_ attempted: @autoclosure () -> String, _ call: () -> Int) throws(Failure) -> Int {
    try check(attempted(), "thread \(tid)", remedy: "The thread was killed meanwhile: start again.", call)
  }

  // MARK: Stopping and going on

  /// Begins to trace, without stopping the thread (PTRACE_SEIZE).
  ///
  /// - Returns: `nil`, or `EPERM` somebody traces it already, it is a zombie, or we may not; `ESRCH` it has ended.
  public func seize(_ options: Options = [.markSystemCalls]) -> Errno? {
    Errno(result: request(.seize, 0, options.rawValue))
  }

  /// Asks the thread to stop (PTRACE_INTERRUPT); `wait` tells when it has.
  public func interrupt() throws(Failure) { try checked("stop the thread") { request(.interrupt) } }

  /// - Parameter signal: Delivered to the thread; 0 none.
  public func resume(delivering signal: Int32 = 0) throws(Failure) {
    try checked("let the thread run") { request(.resume, 0, Int(signal)) }
  }

  /// Until the next system call begins or ends.
  public func resumeToSystemCall() throws(Failure) {
    try checked("let the thread run to a system call") { request(.resumeToSystemCall) }
  }

  public func detach(delivering signal: Int32 = 0) throws(Failure) {
    try checked("let go of the thread") { request(.detach, 0, Int(signal)) }
  }

  public func setOptions(_ options: Options) throws(Failure) {
    try checked("set the options of tracing") { request(.setOptions, 0, options.rawValue) }
  }

  /// The next stop.
  ///
  /// - Returns: `nil` when the deadline passed before.
  /// - Throws: `ECHILD` the thread has ended and was waited for, or is not traced by us.
  public func wait(until deadline: Deadline) throws(Failure) -> TraceStop? {
    if let stop = try lookFor({ () throws(Failure) in try waitNow() }) { return stop }
    // SIGCHLD tells of stops and ends, if it is blocked and not ignored; else the clock below does.
    var childSignal = sigset_t()
    var before = sigset_t()
    sigemptyset(&childSignal)
    sigaddset(&childSignal, SIGCHLD)
    pthread_sigmask(SIG_BLOCK, &childSignal, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    while true {
      if let stop = try waitNow() { return stop }
      let remaining = deadline.remainingMicroseconds
      if remaining == 0 { return nil }
      var pause = timespec(tv_sec: 0, tv_nsec: min(remaining, 1000) * 1000)
      sigtimedwait(&childSignal, nil, &pause)
    }
  }

  private static let all: Int32 = 0x4000_0000  // __WALL: threads, and processes that others started

  /// The stop that the thread is in, if it has not been reported yet.
  public func waitNow() throws(Failure) -> TraceStop? {
    var status: Int32 = 0
    let found = try withUnsafeMutablePointer(to: &status) { (status) throws(Failure) in
      try checked("wait for the thread") {
        systemCall(SystemCall(SYS_wait4), Int(tid), Int(bitPattern: status), Int(WNOHANG | Tracee.all))
      }
    }
    return found == 0 ? nil : TraceStop(status: status)
  }
}
