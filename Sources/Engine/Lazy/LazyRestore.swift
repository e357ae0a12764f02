internal import Images
internal import Linux
internal import Streams

/// The restore's side of lazy pages: every task opens a descriptor for its missing pages, the engine takes a copy,
/// registers memory once it is in place, and hands the descriptor to the daemon.
final class LazyRestore {
  private let socket: OwnedFD
  private let tasks: [TaskPlan]
  private let source: any ImageSource
  /// In memory that all share: one more than the number of each live task's descriptor; 0 before it has one.
  private let numbers: UnsafeMutablePointer<UInt32>
  private let indices: [Int32: Int]
  private var faults: [Int32: UserFaults] = [:]

  /// Bytes of shared memory, zeroed, that `connect` takes.
  static func byteCount(for plan: RestorePlan) -> Int { plan.live.count * MemoryLayout<UInt32>.stride }

  /// Connects to the daemon in the current directory.
  static func connect(
    _ plan: RestorePlan, _ source: any ImageSource, in memory: UnsafeMutableRawPointer
  ) throws(Failure) -> LazyRestore {
    let socket = try makeSocket(family: SocketAddress.unixFamily, type: LazyProtocol.streamType)
    try check(
      "connect to the daemon that serves pages", LazyProtocol.socketName,
      remedy: "Start criu lazy-pages first, with the same --work-dir or --images-dir."
    ) { socket.borrowed().tryConnect(to: LazyProtocol.address) }
    // Until memory is registered, a huge page around one that is there would take the place of those that are not.
    disableHugePages(true)
    return LazyRestore(plan, source, socket, memory)
  }

  private init(
    _ plan: RestorePlan, _ source: any ImageSource, _ socket: consuming OwnedFD, _ memory: UnsafeMutableRawPointer
  ) {
    self.source = source
    self.socket = socket
    tasks = plan.tasks
    numbers = memory.bindMemory(to: UInt32.self, capacity: plan.live.count)
    indices = Dictionary(uniqueKeysWithValues: plan.live.enumerated().map { ($1.pid, $0) })
  }

  // MARK: In a task

  /// Before the task's descriptors are closed; `collect` takes a copy.
  func open(pid: Int32) throws(Failure) {
    numbers[indices[pid]!] = UInt32(try UserFaults.open("pid \(pid)").release()) + 1
  }

  // MARK: In the engine

  /// When all tasks have opened theirs.
  func collect() throws(Failure) {
    for task in tasks where !task.isDead {
      let process = try openProcess(task.pid)
      let subject = "the memory of \(task.subject)"
      let number = CInt(numbers[indices[task.pid]!]) - 1
      faults[task.pid] = UserFaults(
        adopting: try copyDescriptor(number, of: process.borrowed(), subject), subject: subject)
    }
    disableHugePages(false)
  }

  /// Registers all memory whose pages come later, then gives the descriptors away: when the daemon ends, no copy of ours
  /// keeps the tasks waiting.
  func handOver() throws(Failure) {
    for task in tasks {
      guard let faults = faults[task.pid] else {
        try send(UInt32(bitPattern: -task.pid))
        continue
      }
      for range in try ranges(of: task) { try faults.register(range) }
      try send(UInt32(bitPattern: task.pid))
      try socket.borrowed().pass(faults.borrowed, faults.subject)
    }
    faults = [:]
  }

  /// The tasks are about to run.
  func finish() throws(Failure) { try send(LazyProtocol.finished) }

  private func send(_ word: UInt32) throws(Failure) {
    let bytes = withUnsafeBytes(of: word) { [UInt8]($0) }
    do throws(Failure) { try socket.borrowed().write(bytes.span.bytes, LazyProtocol.socketName) } catch {
      throw Failure(
        "hand memory to the daemon", LazyProtocol.socketName, error.errno,
        remedy: "It is gone: see the log of criu lazy-pages.")
    }
  }

  /// Mappings that have lazy pages.
  private func ranges(of task: TaskPlan) throws(Failure) -> [Range<UInt64>] {
    let runs = try Pagemap.read(.task(UInt32(bitPattern: task.pid)), from: source)?.runs ?? []
    var rest = runs.filter { $0.flags.contains(.lazy) }[...]
    var ranges: [Range<UInt64>] = []
    for entry in task.memory?.vmas ?? [] {
      let mapping = RestoredMapping(entry)
      guard mapping.canBeLazy else { continue }
      while let run = rest.first, run.end <= mapping.range.lowerBound { rest.removeFirst() }
      guard let run = rest.first, run.address < mapping.range.upperBound else { continue }
      if let last = ranges.last, last.upperBound == mapping.range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<mapping.range.upperBound
      } else {
        ranges.append(mapping.range)
      }
    }
    return ranges
  }
}
