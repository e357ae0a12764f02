import Testing

/// What a dump costs, in system calls and bytes copied, which no other load on the machine changes (Benchmarks/counts.py).
/// Allocations are those of a release build, which `make test` compares.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct CountsTests {
  @Test(
    .enabled(if: hasProgram("strace") && hasProgram("cc"), "strace or cc is not installed"), .timeLimit(.minutes(3)))
  func noMoreSystemCallsAreMadeNorBytesCopiedThanTheThresholdsAllow() {
    let result = run(["/usr/bin/python3", Script.directory + "../../Benchmarks/counts.py", Script.criu, "--unoptimized"])
    #expect(result.status == 0, "\(result.output)")
  }
}
