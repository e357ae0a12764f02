internal import Linux

/// Processes of ours that read the descriptors of a frozen task side by side with us: from the last one down, where we go
/// from the first one up. What they have not read yet, we read ourselves: nobody waits for anybody.
final class DescriptorReaders {
  private let memory: DescriptorReadingMemory
  private let pids: [Int32]
  private var job: UInt32 = 0

  /// Of one table, from which on it is worth to start a process.
  static let worthwhileCount = 256

  /// Starts them, before the freeze and before much memory is filled: each is a copy of this process.
  ///
  /// - Parameters:
  ///   - capacity: Descriptors of all tables that are worth it; those above are left to us.
  ///   - foreseen: What they tell about names comes from it.
  /// - Returns: `nil` where there is no processor for them.
  init?(capacity: Int, foreseen: ForeseenFiles) throws(Failure) {
    let count = min(processorCount() - 1, DescriptorReadingMemory.mostReaders)
    guard count > 0 else { return nil }
    let memory = try DescriptorReadingMemory(capacity: capacity)
    let us = currentPid()
    var pids: [Int32] = []
    for index in 0..<count {
      memory.begin(reader: index)
      // One less, where a limit is reached.
      guard let side = ifThere({ () throws(Failure) in try cloneProcess() }) else {
        memory.end(reader: index)
        break
      }
      guard case .parent(let child) = side else {
        DescriptorReader(memory, index: index, of: count, foreseen).run(for: us)
      }
      pids.append(child)
    }
    self.memory = memory
    self.pids = pids
  }

  deinit {
    for pid in pids {
      killProcess(pid)
      _ = ifThere { () throws(Failure) in try waitForEnd(of: pid) }
    }
  }

  /// Waits until they have nothing to do: a task that is to be frozen may need their processor to stop.
  func getReady() { memory.awaitIdle() }

  /// Has them read a table.
  func start(_ numbers: [CInt], of task: FrozenTask) throws(Failure) {
    job += 1
    memory.start(job, numbers, pid: task.pid, process: try task.process(for: task.subject).raw)
  }

  /// We have come to the place, and go on upwards: they need not read it.
  func advance(to index: Int) { memory.advance(to: index) }

  /// - Returns: `nil` for one that is not read yet. Its answers stay as long as this lives.
  func reading(at index: Int) -> DescriptorReading? { memory.reading(at: index, of: job) }

  /// The table is read. No copy of a descriptor is left afterwards.
  func finish() { memory.finish() }
}

/// One of the processes.
private struct DescriptorReader {
  private let memory: DescriptorReadingMemory
  private let index, count: Int
  private let foreseen: ForeseenFiles

  init(_ memory: DescriptorReadingMemory, index: Int, of count: Int, _ foreseen: ForeseenFiles) {
    self.memory = memory
    self.index = index
    self.count = count
    self.foreseen = foreseen
  }

  func run(for parent: Int32) -> Never {
    dieWithParent()
    // Errors are the business of who reads it instead.
    _ = ifThere { () throws(Failure) in
      try becomeWatcher(name: "criu-reader", keeping: foreseen.openInfos)
      let process = try openProcess(parent)
      memory.bringIn()
      bringInOwnMemory()
      memory.end(reader: index)
      var last: UInt32 = 0
      while currentParent() == parent {
        let job = memory.awaitNext(after: last)
        last = job.number
        _ = ifThere { () throws(Failure) in try read(job, through: process.borrowed()) }
      }
    }
    // One that never got ready is not to be waited for.
    memory.end(reader: index)
    exitNow(0)
  }

  private func read(_ job: DescriptorReadingMemory.Job, through parent: BorrowedFD) throws(Failure) {
    let subject = "a descriptor of pid \(job.pid)"
    let process = try copyDescriptor(job.process, of: parent, subject)
    let row = DescriptorRow()
    var named: Set<FileDump.InodeKey> = []
    var place = job.count - 1 - index
    defer {
      row.close()
      memory.end(reader: index)
    }
    memory.begin(reader: index)
    while memory.isWanted(place, of: job) {
      // It is closed, or a kind that cannot be asked.
      _ = ifThere { () throws(Failure) in
        let origin = ForeseenFiles.Place(pid: job.pid, number: memory.number(at: place, of: job))
        try memory.note(place, of: job) { (recorder) throws(Failure) in
          let copied = try DescriptorScript.read(origin, of: process.borrowed(), foreseen, into: &recorder, subject)
          let (status, flags) = (copied.status, copied.flags)
          row.add(copied.file)
          let inode = FileDump.InodeKey(status)
          if status.format == .regular, !named.contains(inode), try foreseen.name(of: status) != nil {
            named.insert(inode)
          }
          return (status, flags, named.contains(inode))
        }
      }
      place -= count
    }
  }
}
