import Glibc
import Linux
import Sinks
import Streams
import Synchronization
import Testing

/// Counts the calls of a sink and fails one of them.
final class FaultPoint: Sendable {
  private let count = Mutex(0)
  private let failAt: Int
  private let errno: Errno

  init(failAt: Int, with errno: Errno = .inputOutput) {
    self.failAt = failAt
    self.errno = errno
  }

  var callCount: Int { count.withLock { $0 } }

  func reach() -> Errno? {
    count.withLock { count in
      count += 1
      return count == failAt ? errno : nil
    }
  }
}

@Suite struct SinkFailures {
  @Test func theCounterSeesALeak() throws {
    let place = try ScratchDirectory()
    #expect(try place.openDescriptors() == [])
    let leaked = try place.open().release()
    #expect(try place.openDescriptors() == [leaked])
    close(leaked)
    #expect(try place.openDescriptors() == [])
  }

  @Test(arguments: SinkKind.allCases) func aSetTakesMoreCallsThanTheTestFails(_ kind: SinkKind) throws {
    let fault = FaultPoint(failAt: 0)
    let bench = try SinkBench(kind) { _, _ in fault.reach() }
    try SinkContract.writeSet(bench.sink)
    try bench.sink.commit()
    #expect(fault.callCount >= 40)
  }

  @Test(arguments: SinkKind.allCases, 1...40)
  func everyFailureClosesEveryDescriptorAndLeavesNoImage(_ kind: SinkKind, _ failAt: Int) throws {
    let place = try ScratchDirectory()
    let fault = FaultPoint(failAt: failAt)
    try dumpThatFails(kind, in: place) { _, _ in fault.reach() }
    #expect(try place.names() == [])
    #expect(try place.openDescriptors() == [])
  }

  /// The last calls are those that publish: from the first one there is an inventory to take back.
  @Test(arguments: SinkKind.allCases, 0...8)
  func aFailureWhilePublishingLeavesNoImage(_ kind: SinkKind, _ fromTheEnd: Int) throws {
    let counting = FaultPoint(failAt: 0)
    let whole = try SinkBench(kind) { _, _ in counting.reach() }
    try SinkContract.writeSet(whole.sink)
    try whole.sink.commit()
    let place = try ScratchDirectory()
    let fault = FaultPoint(failAt: counting.callCount - fromTheEnd)
    try dumpThatFails(kind, in: place) { _, _ in fault.reach() }
    #expect(try place.names() == [])
    #expect(try place.openDescriptors() == [])
  }

  @Test(arguments: SinkKind.allCases) func aFailureNamesTheFileAndSaysWhatToDo(_ kind: SinkKind) throws {
    for errno in [Errno.noSpace, .inputOutput, .readOnlyFileSystem] {
      let bench = try SinkBench(kind) { _, subject in subject.hasSuffix("/core-7.img") ? errno : nil }
      let failure = #expect(throws: Failure.self) {
        try SinkContract.writeSet(bench.sink)
        try bench.sink.commit()
      }
      #expect(failure?.errno == errno)
      #expect(failure?.subject == "\(bench.place.path)/core-7.img")
      #expect(failure?.remedy.isEmpty == false)
      try bench.undo()
      #expect(try bench.place.names() == [])
    }
  }

  private func dumpThatFails(_ kind: SinkKind, in place: ScratchDirectory, fault: @escaping FaultHook) throws {
    let bench = try SinkBench(kind, in: place, fault: fault)
    let failure = #expect(throws: Failure.self) {
      try SinkContract.writeSet(bench.sink)
      try bench.sink.commit()
    }
    #expect(failure?.errno == .inputOutput)
    try bench.undo()
  }
}
