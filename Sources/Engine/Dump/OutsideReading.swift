internal import Linux
internal import Streams

/// What is read of one frozen task without having a part in it, by whichever of two threads comes to it first: its memory
/// above all.
final class OutsideReading {
  /// How the memory of any task is read.
  struct Way {
    let devices: MemoryDevices
    /// Of large tasks that are to be cloned; `nil` where all is to be known before the tree goes on.
    let foreseen: ForeseenMappings?
    /// For pages that are copied now and written later; `nil` for a dump that is whole before its tree goes on.
    let room: HeldPages.Room?
    /// `nil` for a dump that has no parent and is none.
    let tracking: MemoryTracking?
    let leavesLazyPages: Bool
    let log: Log
  }

  private let task: FrozenTask
  private let way: Way
  private var listed: Result<TaskPageList, Failure>?
  private var found: Result<TaskFacts, Failure>?
  private var held: HeldPages?
  /// How far it is; whoever takes it from the first step sets all others.
  private let step = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

  private enum Step {
    static let waiting: UInt32 = 0
    static let begun: UInt32 = 1
    static let listed: UInt32 = 2
    /// Any thread can copy pages.
    static let copying: UInt32 = 3
  }

  init(of task: FrozenTask, _ way: Way) {
    self.task = task
    self.way = way
    step.initialize(to: Step.waiting)
  }

  deinit { step.deallocate() }

  /// Does nothing where the other thread has begun.
  func run() {
    guard futexReplace(step, Step.waiting, by: Step.begun) else { return }
    let pages = Result { () throws(Failure) in try list() }
    listed = pages
    reach(Step.listed)
    found = Result { () throws(Failure) in try TaskFacts(of: task.pid) }
    if let room = way.room, case .success(let pages) = pages, pages.late == nil {
      held = HeldPages(pages.extents, of: task, in: room)
    }
    reach(Step.copying)
    held?.copy()
  }

  private func list() throws(Failure) -> TaskPageList {
    var pages = try way.log.phase("mappings", task: task.pid) { () throws(Failure) in
      try TaskPageList.collect(
        from: task, devices: way.devices, stackPointers: task.threads.map(\.context.registers.rsp),
        foreseen: way.foreseen)
    }
    try way.tracking?.leaveUnchanged(of: task, &pages)
    if way.leavesLazyPages { pages.leaveLazy() }
    return pages
  }

  private func reach(_ step: UInt32) {
    futexStore(self.step, step)
    futexWakeAll(self.step)
  }

  // MARK: For who needs it

  /// Which pages the task has. We look ourselves where the other thread has not come to it.
  func pages() throws(Failure) -> TaskPageList {
    run()
    wait(for: Step.listed)
    return try listed!.get()
  }

  /// What is left to be done is done by both threads. From then on the task's memory may change.
  ///
  /// - Returns: Also the pages, where they are written later.
  func finish() throws(Failure) -> (TaskFacts, HeldPages?) {
    wait(for: Step.copying)
    try held?.finish()
    return (try found!.get(), held)
  }

  private func wait(for wanted: UInt32) {
    while true {
      let found = futexLoad(step)
      if found >= wanted { return }
      futexAwaitChange(of: step, from: found, looking: OutsideReading.patience)
    }
  }

  /// Microseconds: about what a small task takes.
  private static let patience = 200
}
