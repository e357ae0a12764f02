internal import CLinux
internal import Glibc

/// A seccomp filter (seccomp(2)).
public struct SeccompProgram: Hashable, Sendable {
  /// struct sock_filter, 8 bytes each.
  public var instructions: [UInt8]
  /// SECCOMP_FILTER_FLAG_LOG 2, SPEC_ALLOW 4.
  public var flags: UInt32

  public init(instructions: [UInt8], flags: UInt32) {
    self.instructions = instructions
    self.flags = flags
  }
}

extension Tracee {
  /// The filters of the stopped thread, oldest first (PTRACE_SECCOMP_GET_FILTER).
  ///
  /// - Throws: `EACCES` without CAP_SYS_ADMIN or with filters of our own.
  public func seccompPrograms() throws(Failure) -> [SeccompProgram] {
    var programs: [SeccompProgram] = []
    while true {
      let index = programs.count
      let count = systemCall(SystemCall(SYS_ptrace), Tracee.getFilter, Int(tid), index, 0)
      if Errno(result: count) == .noEntry { return programs }
      try checked("read the seccomp filters") { count }
      var instructions = [UInt8](repeating: 0, count: count * 8)
      try checked("read the seccomp filters") {
        instructions.withUnsafeMutableBytes {
          systemCall(SystemCall(SYS_ptrace), Tracee.getFilter, Int(tid), index, Int(bitPattern: $0.baseAddress))
        }
      }
      programs.append(SeccompProgram(instructions: instructions, flags: try seccompFlags(index)))
    }
  }

  private func seccompFlags(_ index: Int) throws(Failure) -> UInt32 {
    // struct seccomp_metadata: index u64, flags u64.
    var metadata: (UInt64, UInt64) = (UInt64(index), 0)
    let result = withUnsafeMutableBytes(of: &metadata) {
      systemCall(SystemCall(SYS_ptrace), Tracee.getMetadata, Int(tid), 16, Int(bitPattern: $0.baseAddress))
    }
    if Errno(result: result) == .inputOutput { return 0 }  // before 4.16
    try checked("read the flags of a seccomp filter") { result }
    return UInt32(truncatingIfNeeded: metadata.1)
  }

  private static let getFilter = 0x420c  // PTRACE_SECCOMP_GET_FILTER
  private static let getMetadata = 0x420d  // PTRACE_SECCOMP_GET_METADATA
}
