import Glibc
@testable import Linux
import Sinks
import Streams
import Testing

@Suite struct RefusedRing {
  /// As in a container whose filter does not know io_uring, or where kernel.io_uring_disabled is set.
  @Test(.enabled(if: geteuid() == 0, "needs root for a system call filter"), arguments: [EPERM, ENOSYS])
  func aSetIsWrittenWithoutIt(_ errno: CInt) async {
    // In a process of its own: a filter stays until the end.
    await #expect(processExitsWith: .success) { [errno = errno as CInt] in
      try refuseRing(errno)
      let failure = #expect(throws: Failure.self) { try Ring(capacity: 4) }
      #expect(failure?.errno == Errno(errno))
      let bench = try SinkBench(.directory)
      #expect((bench.sink as? DirectorySink)?.usesRing == false)
      try SinkContract.writeSet(bench.sink)
      try bench.sink.commit()
      #expect(try bench.place.names() == SinkContract.expected.keys.sorted())
    }
  }
}

/// Makes io_uring_setup(2) fail in this thread (seccomp(2)).
private func refuseRing(_ errno: CInt) throws(Failure) {
  /// struct sock_filter (linux/filter.h).
  func instruction(_ code: UInt64, _ jumpTrue: UInt64 = 0, _ jumpFalse: UInt64 = 0, _ constant: UInt64) -> UInt64 {
    code | jumpTrue << 16 | jumpFalse << 24 | constant << 32
  }
  let program = [
    instruction(0x20, 0, 0, 0),  // load the number of the call
    instruction(0x15, 0, 1, 425),  // io_uring_setup?
    instruction(0x06, 0, 0, 0x0005_0000 | UInt64(errno)),  // SECCOMP_RET_ERRNO
    instruction(0x06, 0, 0, 0x7fff_0000),  // SECCOMP_RET_ALLOW
  ]
  try check("filter system calls", "the test", remedy: "Run as root.") {
    program.withUnsafeBufferPointer { program in
      // struct sock_fprog: the count, padding, the address.
      let header = [UInt64(program.count), UInt64(UInt(bitPattern: program.baseAddress))]
      let (setFilterMode, seccomp) = (1, SystemCall(317))
      return header.withUnsafeBufferPointer { systemCall(seccomp, setFilterMode, 0, Int(bitPattern: $0.baseAddress)) }
    }
  }
}
