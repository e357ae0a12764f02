internal import CLinux
internal import Glibc

/// Both ends of a new pipe (pipe2(2)), with O_CLOEXEC.
public func makePipe() throws(Failure) -> (read: CInt, write: CInt) {
  var ends: (CInt, CInt) = (-1, -1)
  try check("make a pipe", "this process", remedy: "Raise the limits of open files and of pipes of a user.") {
    withUnsafeMutableBytes(of: &ends) {
      systemCall(SystemCall(SYS_pipe2), Int(bitPattern: $0.baseAddress), Int(CL_O_CLOEXEC))
    }
  }
  return (ends.0, ends.1)
}

/// The device that all pipes without a name are on, and no fifo is; `nil` where no pipe could be made.
public let pipeDevice: DeviceNumber? = {
  guard let ends = try? makePipe() else { return nil }
  defer { for end in [ends.read, ends.write] { BorrowedFD(end).close() } }
  return try? BorrowedFD(ends.read).status("a pipe").device
}()

extension BorrowedFD {
  /// F_SETPIPE_SZ; the kernel rounds up to a power of two.
  public func setPipeCapacity(_ byteCount: Int, _ subject: @autoclosure () -> String) throws(Failure) {
    _ = try control(
      CL_F_SETPIPE_SZ, byteCount, "give the pipe \(byteCount) bytes", subject(),
      remedy: "Raise /proc/sys/fs/pipe-max-size and pipe-user-pages-soft, or run with CAP_SYS_RESOURCE.")
  }

  /// tee(2) without waiting: what this pipe holds goes into the other one too, and stays here.
  ///
  /// - Returns: Bytes, as many as the other pipe had room for.
  public func tee(into other: BorrowedFD, byteCount: Int, _ subject: @autoclosure () -> String) throws(Failure) -> Int {
    let nonBlocking = 2  // SPLICE_F_NONBLOCK
    return try check("copy what the pipe holds", subject(), remedy: "Free some memory, then dump again.") {
      systemCall(SystemCall(SYS_tee), Int(raw), Int(other.raw), byteCount, nonBlocking)
    }
  }
}
