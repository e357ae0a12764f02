internal import CLinux
internal import Glibc

/// The one door to the kernel: a raw system call. Numbers are `SYS_` constants of this module (`SystemCall`).
///
/// - Returns: The result, or the error number negated, as the kernel has it.
public func systemCall(
  _ call: SystemCall, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
) -> Int {
  cl_syscall_here(call.number, a, b, c, d, e, f)
}

/// Runs a system call, again when a signal interrupts it, and turns a negative result into a `Failure`.
///
/// The texts are built on failure only. Not for close(2), which must not be repeated (`OwnedFD.close`).
@discardableResult
public func check(
  _ attempted: @autoclosure () -> String, _ subject: @autoclosure () -> String,
  remedy: @autoclosure () -> String, _ call: () -> Int
) throws(Failure) -> Int {
  while true {
    let result = call()
    guard let errno = Errno(result: result) else { return result }
    if errno == .interrupted { continue }
    throw Failure(attempted(), subject(), errno, remedy: remedy())
  }
}

/// A system call number of this machine (asm/unistd.h).
public struct SystemCall: Sendable {
  let number: Int
  init(_ number: CInt) { self.number = Int(number) }
  init(_ number: Int) { self.number = number }
}
