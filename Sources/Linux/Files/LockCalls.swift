internal import CLinux
internal import Glibc

extension BorrowedFD {
  /// Takes a lock on a range, without waiting (fcntl(2)): F_SETLK, or F_OFD_SETLK which belongs to the open file.
  ///
  /// - Parameters:
  ///   - type: F_RDLCK 0, F_WRLCK 1, F_UNLCK 2.
  ///   - byteCount: 0 for all up to the end.
  public func lockRange(
    type: UInt32, start: Int64, byteCount: Int64, ofTask: Bool, _ subject: @autoclosure () -> String,
    remedy: @autoclosure () -> String
  ) throws(Failure) {
    var lock = cl_flock(type: Int16(truncatingIfNeeded: type), whence: 0, start: start, byte_count: byteCount, pid: 0)
    try check("take the lock", subject(), remedy: remedy()) {
      withUnsafeMutableBytes(of: &lock) {
        systemCall(
          SystemCall(SYS_fcntl), Int(raw), Int(ofTask ? CL_F_SETLK : CL_F_OFD_SETLK), Int(bitPattern: $0.baseAddress))
      }
    }
  }

  /// flock(2) without waiting.
  ///
  /// - Parameter type: 0 shared, 1 exclusive, 2 none; above 31 the argument itself.
  public func lockWhole(
    type: UInt32, _ subject: @autoclosure () -> String, remedy: @autoclosure () -> String
  ) throws(Failure) {
    let nonBlocking = 4  // LOCK_NB
    let operation = type > 31 ? Int(type) : [1, 2, 8][min(Int(type), 2)] | nonBlocking
    try check("take the lock", subject(), remedy: remedy()) {
      systemCall(SystemCall(SYS_flock), Int(raw), operation)
    }
  }

  /// F_SETLEASE (fcntl(2)).
  public func takeLease(
    type: UInt32, _ subject: @autoclosure () -> String, remedy: @autoclosure () -> String
  ) throws(Failure) {
    _ = try control(CL_F_SETLEASE, Int(type), "take the lease", subject(), remedy: remedy())
  }
}
