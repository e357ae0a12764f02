internal import CLinux
internal import Glibc

/// A thread of ours that does one job at a time beside its maker, for which it gets no signal.
///
/// Only where no process is cloned while it works: `cloneProcess` copies the calling thread alone, and what another one
/// holds at that moment stays held in the copy for ever.
public final class SecondThread {
  private let work: Work
  private let thread: pthread_t

  /// - Parameter warmUp: What it does first, before the first job: what a thread does for the first time takes longer.
  /// - Returns: `nil` where no thread can be made (a limit is reached).
  public init?(warmUp: @escaping () -> Void) {
    work = Work(warmUp)
    var all = sigset_t(), before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var made = pthread_t()
    let argument = Unmanaged.passRetained(work)
    let outcome = pthread_create(
      &made, nil,
      { argument in
        Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, argument.toOpaque())
    guard outcome == 0 else {
      argument.release()
      return nil
    }
    thread = made
  }

  /// Waits for its job.
  deinit {
    finish()
    // Where it ran, another may be at work by now, that it would have to wait for. We make room here.
    if let here = ProcessorSet.current() { here.confine(tid: work.tid) }
    work.set(Work.State.ended)
    pthread_join(thread, nil)
  }

  /// Waits until it is idle, and has it run elsewhere than the caller does now: the kernel may take its time to move one of
  /// two threads that begin on one processor.
  public func getReady() {
    finish()
    guard var others = ProcessorSet.ofThisThread(), let here = ProcessorSet.current() else { return }
    others.subtract(here)
    others.confine(tid: work.tid)
  }

  /// Has it begin with a job; the one before is waited for.
  public func start(_ job: @escaping () -> Void) {
    finish()
    work.job = job
    work.set(Work.State.working)
  }

  /// Waits until it has done its job.
  public func finish() { futexAwaitChange(of: work.state, from: Work.State.working, looking: true) }

  /// What both threads see of each other.
  private final class Work {
    enum State {
      static let idle: UInt32 = 0
      static let working: UInt32 = 1
      static let ended: UInt32 = 2
    }

    /// What the thread has to do.
    let state = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    /// Touched by the maker while the thread is idle, and by the thread while it works.
    var job: () -> Void
    /// Of the thread, set before its first job.
    private(set) var tid: Int32 = 0

    init(_ job: @escaping () -> Void) {
      self.job = job
      state.initialize(to: State.working)
    }

    deinit { state.deallocate() }

    func set(_ value: UInt32) {
      futexStore(state, value)
      futexWakeAll(state)
    }

    func run() {
      tid = Int32(systemCall(SystemCall(SYS_gettid)))
      while true {
        switch futexLoad(state) {
        case State.working:
          job()
          job = {}
          set(State.idle)
        case State.ended: return
        default: futexAwaitChange(of: state, from: State.idle)
        }
      }
    }
  }
}
