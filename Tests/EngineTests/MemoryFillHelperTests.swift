import Glibc
import Linux
import Streams
import Testing

@testable import Engine

/// Waits until two processes want pages of `range`, kills the one that helps, and lets the other go on.
private final class HelperKiller {
  private let faults: UserFaults
  private let range: Range<UInt64>
  private let pid: Int32

  init(_ range: Range<UInt64>, pid: Int32) throws {
    self.range = range
    self.pid = pid
    faults = UserFaults(adopting: try UserFaults.open("the test"), subject: "the test")
    try faults.register(range)
  }

  func start() throws -> pthread_t {
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<HelperKiller>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    try #require(result == 0)
    return thread
  }

  private func run() {
    var waiting: Set<UInt64> = []
    while waiting.count < 2 {
      for event in (try? faults.read()) ?? [] { if case .fault(let address) = event { waiting.insert(address) } }
      usleep(1000)
    }
    killProcess(pid)
    faults.unregister(range)
  }
}

/// In a process of its own, since all that fork meanwhile would wait for the one that hears of missing pages.
@Test(.enabled(if: processorCount() > 1, "needs two processors"))
func aHelperThatIsKilledInTheMiddleIsAFailure() async {
  await #expect(processExitsWith: .success) {
    let byteCount = 24 << 20
    let file = try numberedFile(byteCount: byteCount)
    let memory = try mapAnonymous(byteCount: byteCount, sharing: .copyOnWrite)
    let pid = try #require(freePids().first)
    let start = UInt64(UInt(bitPattern: memory))
    let killer = try HelperKiller(start..<(start + UInt64(byteCount)), pid: pid).start()
    let fill = FileFill(help: FillHelp(pids: [pid]))
    let extent = FileExtent(file: file.descriptor.borrowed(), offset: 0, byteCount: byteCount, path: "pages-1.img")
    try fill.add(extent, into: [UnsafeMutableRawBufferPointer(start: memory, count: byteCount)])
    let failure = #expect(throws: Failure.self) { try fill.run() }
    #expect(failure?.errno == .noProcess && failure?.subject == "a process that helped with it was killed")
    pthread_join(killer, nil)
    #expect(waitpid(pid, nil, WNOHANG | Int32(bitPattern: 0x4000_0000)) == -1 && errno == ECHILD)
  }
}
