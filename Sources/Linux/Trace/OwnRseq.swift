internal import CLinux
internal import Glibc

/// Gives up the rseq area that the C library registered for the calling thread, whose memory is about to go: the kernel
/// kills a thread whose area cannot be written. Does nothing where there is none.
public func dropOwnRseq() throws(Failure) {
  guard cl_rseq_size() != 0 else { return }
  let flagUnregister = 1
  // The size that was registered is at least 32, whatever part of it is in use (linux/rseq.h).
  let byteCount = max(32, Int(cl_rseq_size()))
  let result = systemCall(
    SystemCall(SYS_rseq), Int(bitPattern: UInt(cl_rseq_address())), byteCount, flagUnregister, 0x5305_3053)
  // EINVAL: it was given up before, or by the process that we were cloned from.
  guard let errno = Errno(result: result), errno != .invalid else { return }
  throw Failure(
    "give up the rseq area", "our own", errno, remedy: "Run with GLIBC_TUNABLES=glibc.pthread.rseq=0.")
}
