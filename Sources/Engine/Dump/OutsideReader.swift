internal import Linux
internal import Streams

/// Reads the memory of frozen tasks beside us, and what else takes no part of ours: half of the work.
final class OutsideReader {
  private let way: OutsideReading.Way
  /// `nil` where there is no processor for it, and at the end.
  private var thread: SecondThread?
  private var readings: [OutsideReading] = []
  private var takenCount = 0

  init(_ way: OutsideReading.Way) {
    self.way = way
    // What is known of a parent is not for two to change.
    guard processorCount() > 1, way.tracking == nil else { return }
    thread = SecondThread {
      // What is done for the first time takes longer, and we have mappings and pages too.
      _ = ifThere { () throws(Failure) in try OutsideReader.rehearse(way.devices) }
    }
  }

  private static func rehearse(_ devices: MemoryDevices) throws(Failure) {
    let pid = currentPid()
    let us = FrozenTask(
      pid: pid, virtualPid: pid, parent: 0, virtualParent: 0, processGroup: 0, session: 0, command: "criu",
      state: .alive, threads: [], pidFD: nil)
    _ = try TaskFacts(of: pid)
    let pages = try TaskPageList.collect(from: us, devices: devices, stackPointers: [])
    guard let first = pages.extents.first else { return }
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: pageSize, alignment: pageSize)
    defer { page.deallocate() }
    let piece = TaskPages.Piece(address: first.run.address, byteCount: pageSize, way: first.way)
    try TaskPages(pid: pid, subject: us.subject).read([piece], into: page)
  }

  /// Just before the freeze.
  func getReady() { thread?.getReady() }

  /// Begins with frozen tasks of which only the numbers are known.
  ///
  /// - Parameter pids: Of those that live, in the tree's order.
  func start(_ pids: [Int32]) {
    let list = pids.map { OutsideReading(pid: $0, way) }
    readings = list
    thread?.start { for reading in list { reading.run() } }
  }

  /// Goes on with what else is known of them.
  func describe(_ tree: FrozenTree) {
    for (reading, task) in zip(readings, tree.tasks.filter { !$0.isZombie }) { reading.describe(task) }
  }

  /// The reading of the next task that lives, in the tree's order.
  func takeNext() -> OutsideReading {
    takenCount += 1
    return readings[takenCount - 1]
  }

  deinit { end() }

  /// From here on we are one thread again, and processes may be cloned.
  func end() {
    for reading in readings { reading.abandon() }
    thread = nil
  }
}
