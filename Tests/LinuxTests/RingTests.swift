import Glibc
import Linux
import Testing

@Suite struct RingTests {
  /// A file that is gone when the test ends.
  private func withFile<R>(_ body: (String) throws -> R) throws -> R {
    var template = Array("/tmp/criu-ring-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    close(descriptor)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { unlink(path) }
    return try body(path)
  }

  @Test func callsComeBackWithTheirTagAndResult() throws {
    try withFile { path in
      let ring = try Ring(capacity: 8)
      ring.limitWorkers(to: 1)
      try ring.queueOpen(path, in: File.workingDirectory, [.create, .truncate, .writeOnly], mode: 0o644, tag: 7)
      try ring.queueOpen(path + "/none", in: File.workingDirectory, .readOnly, mode: 0, tag: 8)
      #expect(ring.unsubmittedCount == 2)
      try ring.submit()
      #expect(ring.unsubmittedCount == 0)
      var results: [UInt64: Int] = [:]
      while let completion = try ring.nextCompletion() { results[completion.tag] = completion.result }
      #expect(results.count == 2)
      #expect(Errno(result: try #require(results[8])) == .notDirectory)
      let descriptor = CInt(try #require(results[7]))
      try #require(descriptor >= 0)
      #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
      try ring.queueSync(descriptor, tag: 9)
      try ring.submit()
      let synced = try #require(try ring.nextCompletion())
      #expect(synced.tag == 9)
      #expect(synced.result == 0)
      close(descriptor)
    }
  }

  @Test func nothingIsWaitedForWhenNothingIsUnderWay() throws {
    #expect(try Ring(capacity: 8).nextCompletion() == nil)
  }

  @Test func aFullRingRefusesAndGoesOn() throws {
    let ring = try Ring(capacity: 4)
    for tag in 0..<4 {
      #expect(!ring.isFull)
      try ring.queueOpen("/nowhere", in: File.workingDirectory, .readOnly, mode: 0, tag: UInt64(tag))
    }
    #expect(ring.isFull)
    let failure = #expect(throws: Failure.self) {
      try ring.queueOpen("/nowhere", in: File.workingDirectory, .readOnly, mode: 0, tag: 4)
    }
    #expect(failure?.errno == .busy)
    try ring.submit()
    var count = 0
    while let completion = try ring.nextCompletion() {
      #expect(Errno(result: completion.result) == .noEntry)
      count += 1
    }
    #expect(count == 4)
    #expect(!ring.isFull)
  }

  @Test func aCloneCannotUseTheRing() async {
    await #expect(processExitsWith: .success) {
      let ring = try Ring(capacity: 4)
      switch try cloneProcess() {
      case .child:
        do throws(Failure) { try ring.submit() } catch { exitNow(error.errno == .notPermitted ? 0 : 2) }
        exitNow(1)
      case .parent(let child):
        var status: CInt = -1
        #expect(waitpid(child, &status, 0) == child)
        #expect(status == 0)
      }
    }
  }
}
