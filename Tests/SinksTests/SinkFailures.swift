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

/// The rings of this process and its files below `path`. What the testing library opens is not ours to count.
private func openFiles(below path: String) throws(Failure) -> [String] {
  try entries(of: "/proc/self/fd").compactMap { name in
    // The descriptor with which the list is read is gone by now.
    do throws(Failure) {
      let target = try readLink("/proc/self/fd/\(name)")
      return target == "anon_inode:[io_uring]" || target.hasPrefix(path) ? target : nil
    } catch { return nil }
  }
}

@Suite struct SinkFailures {
  /// Each of the first calls, then samples: the later ones are many of a kind.
  static let failingCalls = Array(1...40) + stride(from: 43, through: 220, by: 3)

  @Test func theCounterSeesALeak() throws {
    let place = try ScratchDirectory()
    #expect(try place.openDescriptors() == [])
    let leaked = try place.open().release()
    #expect(try place.openDescriptors() == [leaked])
    close(leaked)
    #expect(try place.openDescriptors() == [])
  }

  /// In a process of its own, where nobody else has a ring.
  @Test(arguments: SinkKind.places) func aSinkGivesBackItsRingAndItsFiles(_ kind: SinkKind) async {
    await #expect(processExitsWith: .success) { [kind = kind as SinkKind] in
      let place = try ScratchDirectory()
      var during: [String] = []
      do {
        let bench = try SinkBench(kind, in: place)
        try SinkContract.writeSet(bench.sink, until: 2)
        during = try openFiles(below: place.path)
        try bench.undo()
      }
      #expect(during.contains("anon_inode:[io_uring]") == [SinkKind.directory, .zstd].contains(kind))
      #expect(during.contains(place.path))
      #expect(try openFiles(below: place.path) == [])
    }
  }

  @Test(arguments: SinkKind.places) func aSetTakesMoreCallsThanTheTestFails(_ kind: SinkKind) throws {
    let fault = FaultPoint(failAt: 0)
    let bench = try SinkBench(kind) { _, _ in fault.reach() }
    try SinkContract.writeSet(bench.sink)
    try bench.sink.commit()
    #expect(fault.callCount >= SinkFailures.failingCalls.last!)
  }

  @Test(arguments: SinkKind.places, failingCalls)
  func everyFailureClosesEveryDescriptorAndLeavesNoImage(_ kind: SinkKind, _ failAt: Int) throws {
    let place = try ScratchDirectory()
    let fault = FaultPoint(failAt: failAt)
    try dumpThatFails(kind, in: place) { _, _ in fault.reach() }
    #expect(try place.names() == [])
    #expect(try place.openDescriptors() == [])
  }

  /// The last calls are those that publish: from the first one there is an inventory to take back.
  @Test(arguments: SinkKind.places, 0...8)
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

  @Test(arguments: SinkKind.places) func aFailureNamesTheFileAndSaysWhatToDo(_ kind: SinkKind) throws {
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
