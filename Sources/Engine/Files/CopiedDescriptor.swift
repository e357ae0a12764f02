internal import Linux

/// A copy of a descriptor of another process (pidfd_getfd(2)), and what is asked of each first.
struct CopiedDescriptor: ~Copyable {
  let file: OwnedFD
  let status: FileStatus
  /// F_GETFL
  let flags: UInt32

  /// - Parameter process: A pidfd.
  /// - Throws: `EBADF` the process has no such descriptor.
  static func take(
    _ number: CInt, of process: BorrowedFD, _ subject: @autoclosure () -> String
  ) throws(Failure) -> CopiedDescriptor {
    try of(try copyDescriptor(number, of: process, subject()), subject())
  }

  static func of(
    _ copy: consuming OwnedFD, _ subject: @autoclosure () -> String
  ) throws(Failure) -> CopiedDescriptor {
    let status = try copy.borrowed().status(subject())
    let flags = UInt32(bitPattern: try copy.borrowed().flags(subject()))
    return CopiedDescriptor(file: copy, status: status, flags: flags)
  }
}
