internal import CLinux
internal import Glibc

/// Takes a copy of a descriptor of another process: the same open file description (pidfd_getfd(2)).
///
/// - Parameter process: A pidfd.
/// - Throws: `EBADF` the process has no such descriptor, `ESRCH` it ended, `EPERM` without ptrace rights.
public func copyDescriptor(
  _ number: CInt, of process: BorrowedFD, _ subject: @autoclosure () -> String
) throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check(
        "take a copy of the descriptor", subject(),
        remedy: "The caller needs ptrace rights on the process, room for one more descriptor, and a kernel from 5.6 on."
      ) { systemCall(SystemCall(SYS_pidfd_getfd), Int(process.raw), Int(number), 0) }))
}

/// pidfd_open(2).
public func openProcess(_ pid: Int32) throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check("open the process", "pid \(pid)", remedy: "The process ended: look for its error above.") {
        systemCall(SystemCall(SYS_pidfd_open), Int(pid), 0)
      }))
}

extension BorrowedFD {
  /// One more descriptor of the same open file, at the lowest free number that is not below `minimum` (F_DUPFD).
  public func duplicate(from minimum: CInt, _ subject: @autoclosure () -> String) throws(Failure) -> CInt {
    try control(
      CL_F_DUPFD_CLOEXEC, Int(minimum), "duplicate the descriptor to \(minimum) or above", subject(),
      remedy: "Raise the limit of open files (ulimit -n).")
  }

  /// Makes `number` a descriptor of the same open file; what it was before is closed (dup3(2)).
  ///
  /// - Parameter number: Another one than this.
  public func duplicate(
    onto number: CInt, closeOnExec: Bool, _ subject: @autoclosure () -> String
  ) throws(Failure) {
    try check(
      "put the file at descriptor \(number)", subject(), remedy: "Raise the limit of open files (ulimit -n)."
    ) {
      systemCall(SystemCall(SYS_dup3), Int(raw), Int(number), closeOnExec ? Int(CL_O_CLOEXEC) : 0)
    }
  }

  /// close(2) by number; for those who own it without an `OwnedFD`. Errors of delayed writes belong to who wrote.
  public func close() { _ = systemCall(SystemCall(SYS_close), Int(raw)) }

  /// The working directory of this process (fchdir(2)).
  public func becomeWorkingDirectory(_ subject: @autoclosure () -> String) throws(Failure) {
    try check("enter the directory", subject(), remedy: "Check that it is a directory that can be searched.") {
      systemCall(SystemCall(SYS_fchdir), Int(raw))
    }
  }
}

/// Closes every descriptor of this process in a range (close_range(2)).
public func closeDescriptors(_ range: ClosedRange<UInt32>) throws(Failure) {
  try check(
    "close the descriptors \(range.lowerBound) to \(range.upperBound)", "this process",
    remedy: "Restore on a kernel from 5.9 on."
  ) { systemCall(SystemCall(SYS_close_range), Int(range.lowerBound), Int(range.upperBound), 0) }
}

/// The root directory of this process becomes its working directory (chroot(2) of ".").
public func enterRootHere() throws(Failure) {
  try check("change the root directory", "this process", remedy: "Restore with CAP_SYS_CHROOT, as root.") {
    FilePath(".").withAddress { systemCall(SystemCall(SYS_chroot), $0) }
  }
}

/// umask(2).
///
/// - Returns: The mask before.
@discardableResult
public func setCreationMask(_ mask: UInt32) -> UInt32 {
  UInt32(truncatingIfNeeded: systemCall(SystemCall(SYS_umask), Int(mask)))
}

/// Raises the limit of open files of this process as far as it goes without privilege: to its hard limit (prlimit(2)).
public func raiseDescriptorLimit() throws(Failure) {
  var limit = try readDescriptorLimit()
  limit.current = limit.maximum
  try check("raise the limit of open files", "this process", remedy: descriptorLimitRemedy) {
    withUnsafeMutableBytes(of: &limit) {
      systemCall(SystemCall(SYS_prlimit64), 0, openFilesLimit, Int(bitPattern: $0.baseAddress), 0)
    }
  }
}

/// How many descriptors this process may have open.
public func descriptorLimit() throws(Failure) -> Int { Int(clamping: try readDescriptorLimit().current) }

private let openFilesLimit = 7  // RLIMIT_NOFILE
private let descriptorLimitRemedy =
  "A limit can be read, and raised to its maximum, by anyone: look for a seccomp filter."

private func readDescriptorLimit() throws(Failure) -> (current: UInt64, maximum: UInt64) {
  var limit: (current: UInt64, maximum: UInt64) = (0, 0)
  try check("read the limit of open files", "this process", remedy: descriptorLimitRemedy) {
    withUnsafeMutableBytes(of: &limit) {
      systemCall(SystemCall(SYS_prlimit64), 0, openFilesLimit, 0, Int(bitPattern: $0.baseAddress))
    }
  }
  return limit
}

extension BorrowedFD {
  /// Opens the file behind this descriptor again, with a position and flags of its own (/proc/self/fd).
  public func reopened(flags: UInt32, _ subject: @autoclosure () -> String) throws(Failure) -> CInt {
    try during("opening \(subject()) again") { () throws(Failure) in
      try FilePath("/proc/self/fd/\(raw)").open(
        flags: Int32(bitPattern: flags), remedy: "Mount /proc where the task is restored."
      ).release()
    }
  }
}
