internal import CUring
internal import Glibc

/// An io_uring(7) for calls that the kernel may do while we go on: opening and syncing of many files.
///
/// A ring belongs to the process that made it. In a process cloned from it every method throws `EPERM`, and the end of
/// the copy only closes and unmaps.
///
/// Not for page data: a buffered write through a ring is handed to a kernel thread of this process, and is no faster
/// than write(2) or splice(2).
public final class Ring {
  /// What became of one queued call.
  public struct Completion: Sendable, Equatable {
    /// As it was queued.
    public let tag: UInt64
    /// The call's result, or the error number negated.
    public let result: Int
  }

  private let ring: UnsafeMutablePointer<io_uring>
  private let capacity: Int
  private let ownerPid: Int32
  private var queuedCount = 0
  private var submittedCount = 0
  /// Copies of the names in queued calls. The kernel copies them when they are submitted.
  private var names: [UnsafeMutablePointer<CChar>] = []

  /// - Parameter capacity: Calls that may be under way at once.
  /// - Throws: `EPERM` or `ENOSYS` where io_uring is switched off or filtered: make the calls directly then.
  public init(capacity: UInt32) throws(Failure) {
    // A class that throws with all properties set runs its deinit: none is set before the ring stands.
    let ring = UnsafeMutablePointer<io_uring>.allocate(capacity: 1)
    ring.initialize(to: io_uring())
    // With deferred task work (Linux 6.1) completions interrupt no other system call of ours.
    let deferred =
      UInt32(IORING_SETUP_SINGLE_ISSUER) | UInt32(IORING_SETUP_DEFER_TASKRUN) | UInt32(IORING_SETUP_TASKRUN_FLAG)
    var result = io_uring_queue_init(capacity, ring, deferred)
    if result == -EINVAL { result = io_uring_queue_init(capacity, ring, 0) }
    if let errno = Errno(result: Int(result)) {
      ring.deallocate()
      throw Failure(
        "set up an io_uring", "\(capacity) entries", errno,
        remedy: "Allow io_uring_setup(2) (kernel.io_uring_disabled, seccomp), or do without the ring.")
    }
    self.ring = ring
    self.capacity = Int(capacity)
    ownerPid = currentPid()
  }

  deinit {
    io_uring_queue_exit(ring)
    ring.deallocate()
    for name in names { name.deallocate() }
  }

  /// Queued and submitted calls whose completion was not taken yet.
  public var pendingCount: Int { queuedCount + submittedCount }
  /// Queued calls that were not submitted yet.
  public var unsubmittedCount: Int { queuedCount }
  /// Whether no further call can be queued before a completion is taken.
  public var isFull: Bool { pendingCount >= capacity }

  /// How many kernel threads may work for this ring at once (`IORING_REGISTER_IOWQ_MAX_WORKERS`, Linux 5.15; older
  /// kernels choose for themselves).
  public func limitWorkers(to count: UInt32) {
    var limits: (UInt32, UInt32) = (count, count)
    withUnsafeMutablePointer(to: &limits) { limits in
      limits.withMemoryRebound(to: UInt32.self, capacity: 2) { _ = io_uring_register_iowq_max_workers(ring, $0) }
    }
  }

  /// Queues openat(2). Its result is a new descriptor; adopt it at once.
  public func queueOpen(
    _ name: String, in directory: CInt, _ flags: OpenFlags, mode: UInt32, tag: UInt64
  ) throws(Failure) {
    let copy = name.utf8CString.withUnsafeBufferPointer { text in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
      copy.initialize(from: text.baseAddress!, count: text.count)
      return copy
    }
    names.append(copy)
    let entry = try nextEntry(tag: tag)
    io_uring_prep_openat(entry, directory, copy, flags.rawValue | O_CLOEXEC, mode)
    entry.pointee.user_data = tag
  }

  /// Queues fsync(2). The descriptor stays open until the completion was taken.
  public func queueSync(_ descriptor: CInt, tag: UInt64) throws(Failure) {
    let entry = try nextEntry(tag: tag)
    io_uring_prep_fsync(entry, descriptor, 0)
    entry.pointee.user_data = tag
  }

  /// Hands all queued calls to the kernel, which does them in any order.
  public func submit() throws(Failure) {
    try checkOwner()
    while queuedCount > 0 {
      let count = try check(
        "submit to the io_uring", "\(queuedCount) calls", remedy: "Try again without the ring.",
        { Int(io_uring_submit(ring)) })
      queuedCount -= count
      submittedCount += count
    }
    for name in names { name.deallocate() }
    names.removeAll(keepingCapacity: true)
  }

  /// Takes one submitted call that is done.
  ///
  /// - Parameter waiting: Whether to wait for one.
  /// - Returns: `nil` when none is under way, or none is done and we do not wait.
  public func nextCompletion(waiting: Bool = true) throws(Failure) -> Completion? {
    try checkOwner()
    guard submittedCount > 0 else { return nil }
    var entry: UnsafeMutablePointer<io_uring_cqe>?
    try check("wait for the io_uring", "\(submittedCount) calls", remedy: "Try again without the ring.") {
      let result = Int(waiting ? io_uring_wait_cqe(ring, &entry) : io_uring_peek_cqe(ring, &entry))
      return !waiting && Errno(result: result) == .tryAgain ? 0 : result
    }
    guard let entry else { return nil }
    let completion = Completion(tag: entry.pointee.user_data, result: Int(entry.pointee.res))
    io_uring_cqe_seen(ring, entry)
    submittedCount -= 1
    return completion
  }

  private func nextEntry(tag: UInt64) throws(Failure) -> UnsafeMutablePointer<io_uring_sqe> {
    try checkOwner()
    guard !isFull, let entry = io_uring_get_sqe(ring) else {
      throw Failure(
        "queue a call", "call \(tag) of \(capacity) at once", .busy, remedy: "Take a completion before the next call.")
    }
    queuedCount += 1
    return entry
  }

  private func checkOwner() throws(Failure) {
    guard currentPid() == ownerPid else {
      throw Failure(
        "use the io_uring", "ring of pid \(ownerPid)", .notPermitted, remedy: "Make a ring in the process that uses it.")
    }
  }
}
