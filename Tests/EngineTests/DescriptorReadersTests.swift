import Glibc
import Images
import Linux
import Testing

@testable import Engine

@Suite(.enabled(if: geteuid() == 0, "needs root: looks into another process"), .serialized)
struct DescriptorReadersTests {
  /// Has descriptors of every kind that is asked by others; the first is 3.
  private func victim(_ path: String) throws -> KindsProcess {
    try KindsProcess.ready { _ in
      try closeDescriptors(3...UInt32.max)
      for round in 0..<4 {
        let file = open(path, O_RDWR)
        lseek(file, off_t(round), SEEK_SET)
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        write(ends[1], "abc", round)
        _ = fcntl(ends[0], F_SETOWN, getpid())
        _ = fcntl(ends[0], 10, SIGUSR1)  // F_SETSIG
        _ = try makeEventfd(counter: UInt64(round), isSemaphore: false).release()
        try BorrowedFD(makeEpoll().release()).watch(ends[0], events: 1, data: 7)
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        write(ends[0], "queued", round)
        for type in [SOCK_DGRAM, SOCK_STREAM] {
          let socket = BorrowedFD(socket(AF_INET, Int32(type.rawValue), 0))
          try socket.setSocketOption(.priority, UInt32(round), "test")
          try socket.bind(to: .inet(port: 0, address: [0x0100_007f]), "test")
          if type == SOCK_STREAM { try socket.listen(backlog: 5, "test") }
        }
        _ = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
        _ = open("/dev/null", CInt(FileFlags.pathOnly))
        _ = open("/dev", O_DIRECTORY)
      }
    }
  }

  /// - Parameter waited: Gets the kinds whose record could wait, and which was made of a descriptor that is sealed.
  private func record(_ descriptor: Descriptor, _ dump: FileDump, _ waited: inout Set<FdTypes>) throws -> FileEntry? {
    for kind in fileKinds where try kind.recognises(descriptor) {
      if descriptor.isAsked, try kind.canWait(descriptor, in: dump) {
        descriptor.seal()
        waited.insert(kind.type)
      }
      return try kind.dump(descriptor, id: 1, into: dump)
    }
    return nil
  }

  /// In a child without threads, which starts the processes.
  @Test func whatOthersReadMakesTheSameRecords() throws {
    let scratch = FilesScratch()
    let path = scratch.file("a", "hello")
    let victim = try victim(path)
    // Some forks of a process with threads find a lock of the Swift runtime held by one that they do not have.
    var status: Int32 = -1000
    for _ in 0..<3 where status == -1000 { status = statusOfChild { try read(victim) } }
    if status == 77 { print("SKIPPED: one processor, on which nobody reads beside us") }
    #expect([0, 77].contains(status))
  }

  private func read(_ victim: KindsProcess) throws -> Int32 {
    let task = try victim.frozen()
    let numbers = try descriptorNumbers(of: task.pid).filter { $0 > 2 }
    let foreseen = ForeseenFiles(try Forecast(root: victim.pid).files, infoLimit: 8)
    guard let readers = try DescriptorReaders(capacity: 2 * numbers.count, foreseen: foreseen) else { return 77 }
    func dump() -> FileDump {
      FileDump(
        tasks: [task], options: DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/"), foreseen: foreseen,
        log: Log(level: .message))
    }
    let (first, second) = (dump(), dump())
    var (waited, others) = (Set<FdTypes>(), Set<FdTypes>())
    // A second table shows that nothing is left of the first.
    for numbers in [Array(numbers.reversed()), numbers] {
      try readers.start(numbers, of: task)
      // The first is ours.
      for (index, number) in numbers.enumerated().dropFirst().reversed() {
        var reading = readers.reading(at: index)
        for _ in 0..<5000 where reading == nil {
          usleep(1000)
          reading = readers.reading(at: index)
        }
        guard let reading else { return 1 }
        let known = Descriptor(number, of: task, reading)
        let seen = try Descriptor.take(number, of: task)
        guard known.status == seen.status, known.flags == seen.flags, try known.info() == seen.info() else { return 2 }
        let (one, other) = (try record(known, first, &waited), try record(seen, second, &others))
        guard one != nil, one == other else {
          print(one as Any, other as Any)
          return 3
        }
      }
      readers.finish()
    }
    guard waited == [.reg, .pipe, .eventfd, .eventpoll, .unixsk, .inetsk], others.isEmpty else { return 4 }
    return 0
  }
}
