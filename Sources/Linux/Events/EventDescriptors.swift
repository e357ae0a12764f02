internal import CLinux
internal import Glibc

private let roomRemedy = "Raise the limit of open files (ulimit -n)."

/// eventfd2(2).
public func makeEventfd(counter: UInt64, isSemaphore: Bool) throws(Failure) -> OwnedFD {
  // The call takes only 32 bits of the counter; a write adds the others.
  let eventfd = OwnedFD(
    adopting: CInt(
      try check("make the eventfd", "with counter \(counter)", remedy: roomRemedy) {
        systemCall(SystemCall(SYS_eventfd2), Int(UInt32(truncatingIfNeeded: counter)), isSemaphore ? Int(CL_EFD_SEMAPHORE) : 0)
      }))
  if counter >> 32 != 0 {
    let count = [counter - UInt64(UInt32(truncatingIfNeeded: counter))]
    try eventfd.borrowed().write(count.span.bytes, "eventfd with counter \(counter)")
  }
  return eventfd
}

/// signalfd4(2).
///
/// - Parameter mask: Bit N-1 for signal N.
public func makeSignalfd(mask: UInt64) throws(Failure) -> OwnedFD {
  var mask = mask
  return OwnedFD(
    adopting: CInt(
      try check("make the signalfd", "with mask 0x" + String(mask, radix: 16), remedy: roomRemedy) {
        withUnsafeMutableBytes(of: &mask) {
          systemCall(SystemCall(SYS_signalfd4), -1, Int(bitPattern: $0.baseAddress), $0.count, 0)
        }
      }))
}

/// epoll_create1(2).
public func makeEpoll() throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check("make the epoll descriptor", "this process", remedy: roomRemedy) {
        systemCall(SystemCall(SYS_epoll_create1), 0)
      }))
}

extension BorrowedFD {
  /// Has this epoll descriptor watch another one of this process (epoll_ctl(2), EPOLL_CTL_ADD).
  ///
  /// - Throws: `EEXIST` it watches the file under this number already, `EPERM` the file cannot be polled.
  public func watch(_ target: CInt, events: UInt32, data: UInt64) throws(Failure) {
    try check(
      "have epoll watch descriptor \(target)", "events 0x" + String(events, radix: 16),
      remedy: "See that the descriptor was restored as what it was, and /proc/sys/fs/epoll/max_user_watches."
    ) { cl_epoll_ctl(raw, CL_EPOLL_CTL_ADD, target, events, data) }
  }
}

/// Whether a descriptor is a file that an epoll descriptor watches (kcmp(2), KCMP_EPOLL_TFD).
///
/// - Parameters:
///   - epoll: A descriptor of `holder`.
///   - target: The number under which it was added, which may have been closed or reused since.
///   - occurrence: Which of those added under this number, in the order of fdinfo, from 0.
/// - Returns: `false` also where there is no such descriptor or slot.
public func isWatched(
  _ descriptor: CInt, of pid: Int32, epoll: CInt, of holder: Int32, target: UInt32, occurrence: UInt32
) throws(Failure) -> Bool {
  var slot = cl_epoll_slot(epoll: UInt32(epoll), target: target, offset: occurrence)
  let result = withUnsafeMutableBytes(of: &slot) {
    systemCall(
      .kcmp, Int(pid), Int(holder), Int(CL_KCMP_EPOLL_TFD), Int(descriptor), Int(bitPattern: $0.baseAddress))
  }
  switch Errno(result: result) {
  case nil: return result == 0
  case Errno.badDescriptor?, Errno.noEntry?: return false
  case let errno?:
    throw Failure(
      "compare epoll targets", "descriptor \(descriptor) of pid \(pid)", errno,
      remedy: "The kernel must have kcmp (CONFIG_KCMP), and the caller ptrace rights on the task.")
  }
}
