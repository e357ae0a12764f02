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

  private let pid: Int32
  private let way: Way
  /// Set before `Described.yes`.
  private var task: FrozenTask?
  private var listed: Result<TaskPageList, Failure>?
  private var found: Result<TaskFacts, Failure>?
  private(set) var held: HeldPages?
  /// How far it is; whoever takes it from the first step sets all others.
  private let step = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
  private let described = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

  private enum Step {
    static let waiting: UInt32 = 0
    static let begun: UInt32 = 1
    /// Any thread can copy pages.
    static let listed: UInt32 = 2
    static let found: UInt32 = 3
  }

  private enum Described {
    static let notYet: UInt32 = 0
    static let yes: UInt32 = 1
    static let never: UInt32 = 2
  }

  /// - Parameter pid: Of a task that is frozen; no more is known of it yet.
  init(pid: Int32, _ way: Way) {
    self.pid = pid
    self.way = way
    step.initialize(to: Step.waiting)
    described.initialize(to: Described.notYet)
  }

  deinit {
    step.deallocate()
    described.deallocate()
  }

  /// Once. What is known of the task by now.
  func describe(_ task: FrozenTask) {
    self.task = task
    set(described, Described.yes)
  }

  /// Lets a thread go that still waits for the task's description.
  func abandon() {
    _ = futexReplace(described, Described.notYet, by: Described.never)
    futexWakeAll(described)
  }

  /// Does nothing where the other thread has begun.
  func run() {
    guard futexReplace(step, Step.waiting, by: Step.begun) else { return }
    // Most of it, and nothing but the number is needed for that.
    let mappings = way.foreseen?.has(pid) == true ? nil : Result { () throws(Failure) in try readMappings() }
    futexAwaitChange(of: described, from: Described.notYet, looking: true)
    guard let task else { return }
    let pages = Result { () throws(Failure) in try list(task, mappings?.get()) }
    listed = pages
    if let room = way.room, case .success(let pages) = pages, pages.late == nil {
      held = HeldPages(pages.extents, of: task, in: room)
    }
    set(step, Step.listed)
    found = Result { () throws(Failure) in try TaskFacts(of: pid) }
    set(step, Step.found)
    held?.copy()
  }

  private func readMappings() throws(Failure) -> [MapsEntry] {
    try way.log.phase("mappings", task: pid) { () throws(Failure) in try MapsFile.smaps.read(pid: pid) }
  }

  private func list(_ task: FrozenTask, _ mappings: [MapsEntry]?) throws(Failure) -> TaskPageList {
    var pages = try way.log.phase("list of pages", task: pid) { () throws(Failure) in
      try TaskPageList.collect(
        from: task, mappings, devices: way.devices, stackPointers: task.threads.map(\.context.registers.rsp),
        foreseen: way.foreseen)
    }
    try way.tracking?.leaveUnchanged(of: task, &pages)
    if way.leavesLazyPages { pages.leaveLazy() }
    return pages
  }

  private func set(_ word: UnsafeMutablePointer<UInt32>, _ value: UInt32) {
    futexStore(word, value)
    futexWakeAll(word)
  }

  // MARK: For who needs it

  /// Which pages the task has. We look ourselves where the other thread has not come to it.
  func pages() throws(Failure) -> TaskPageList {
    run()
    wait(for: Step.listed)
    return try listed!.get()
  }

  /// What is left to be done is done by both threads. From then on the task's memory may change.
  func finish() throws(Failure) -> TaskFacts {
    wait(for: Step.found)
    try held?.finish()
    return try found!.get()
  }

  private func wait(for wanted: UInt32) {
    while true {
      let found = futexLoad(step)
      if found >= wanted { return }
      futexAwaitChange(of: step, from: found, looking: true)
    }
  }
}
