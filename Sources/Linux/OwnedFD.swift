internal import Glibc

/// A descriptor that closes when its owner goes. Holds nothing but the number: `discard self` rejects a type that also
/// stores a String.
public struct OwnedFD: ~Copyable, Sendable {
  private let raw: CInt

  public init(adopting raw: CInt) {
    precondition(raw >= 0, "not a descriptor")
    self.raw = raw
  }

  // Error paths: nobody is left to tell. It runs again in every process cloned from ours, so it only closes.
  deinit { _ = Glibc.close(raw) }

  public borrowing func withRaw<R: ~Copyable, E: Error>(_ body: (CInt) throws(E) -> R) throws(E) -> R {
    try body(raw)
  }

  /// Success path: EIO and ENOSPC of delayed writes show here; never retried.
  public consuming func close(_ subject: String) throws(Failure) {
    let raw = self.raw
    discard self
    guard Glibc.close(raw) != 0 else { return }
    throw Failure(
      "close", subject, Errno(Glibc.errno),
      remedy: "Treat the data as lost: check free space and the kernel log, then dump again.")
  }

  /// Gives the number up to the caller, who closes it.
  public consuming func release() -> CInt {
    let raw = self.raw
    discard self
    return raw
  }
}
