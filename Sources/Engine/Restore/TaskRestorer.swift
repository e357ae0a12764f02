internal import CParasite
internal import Images
internal import Linux
internal import Streams

/// A task that restores itself: everything here runs in the new process, a copy of the engine, from its birth until it
/// enters the blob. It never returns into the code that made it.
/// A class, though each process changes its own: a copy of a value would count a reference to each part of it, and so have
/// the kernel copy as many pages of the engine for each task.
final class TaskRestorer {
  private let plan: RestorePlan
  private let files: FilePlan
  private let madeFiles: MadeFileTable
  private let sharedMemory: RestoredSharedMemory
  private let arena: MemoryArena
  private let vdsos: KernelVdsos
  private let source: any ImageSource
  private let stages: RestoreStages
  private let created: CreatedTasks
  private let freePids: FreePids
  private let cgroups: CgroupRestore
  private let namespaces: JoinedNamespaces
  private let counters: UnsafeMutablePointer<memory_counters>
  let bootstrap: BootstrapArea
  /// The engine's process group.
  private let ownGroup: Int32
  private let options: RestoreOptions
  let lazy: LazyRestore?
  private var log: Log
  /// The set of cgroups that this process is in; `nil` for the engine's.
  private var cgroupSet: UInt32?

  init(
    plan: RestorePlan, files: FilePlan, madeFiles: MadeFileTable, sharedMemory: RestoredSharedMemory, arena: MemoryArena,
    vdsos: KernelVdsos, source: any ImageSource, stages: RestoreStages, created: CreatedTasks, freePids: FreePids,
    cgroups: CgroupRestore, namespaces: JoinedNamespaces, counters: UnsafeMutablePointer<memory_counters>,
    bootstrap: BootstrapArea, ownGroup: Int32, options: RestoreOptions, lazy: LazyRestore?, log: Log
  ) {
    self.plan = plan
    self.files = files
    self.madeFiles = madeFiles
    self.sharedMemory = sharedMemory
    self.arena = arena
    self.vdsos = vdsos
    self.source = source
    self.stages = stages
    self.created = created
    self.freePids = freePids
    self.cgroups = cgroups
    self.namespaces = namespaces
    self.counters = counters
    self.bootstrap = bootstrap
    self.ownGroup = ownGroup
    self.options = options
    self.lazy = lazy
    self.log = log
  }

  /// Makes the task or helper `pid`, a child of this process. Returns in the maker only.
  ///
  /// - Parameters:
  ///   - parent: The memory of the task that makes it, which it inherits.
  ///   - maker: `nil` for the engine.
  ///   - asSibling: Our parent becomes its parent.
  func make(
    _ pid: Int32, parent: TaskMemoryRestore? = nil, maker: BirthPlan.Birth? = nil, asSibling: Bool = false
  ) throws(Failure) {
    if case .child = try cloneProcess(
      pid: pid, asSibling: asSibling, sharing: plan.sharing.withMaker(of: pid))
    {
      blockAllSignals()  // until the engine loads the task's own mask
      // A helper ends before those that it makes.
      if !asSibling, maker?.isHelper != true { dieWithParent() }
      do throws(Failure) {
        cgroupSet = try cgroups.enter(pid, inherited: cgroupSet)
        if pid == plan.root.pid { log = try enterClocks() }
        try run(plan.births.births[pid]!, parent: parent)
      } catch {
        stages.fail(error, pid: pid)
      }
    }
    created.mark(pid)
  }

  /// - Returns: The log in them.
  private func enterClocks() throws(Failure) -> Log {
    if namespaces.hasClocks { return try namespaces.enterClocks(log: log) }
    return try plan.clocks.map { (clocks) throws(Failure) in try TimeNamespace.enter(clocks, log: log) } ?? log
  }

  private func run(_ birth: BirthPlan.Birth, parent: TaskMemoryRestore?) throws(Failure) -> Never {
    guard let task = plan.byPid[birth.pid] else {
      try makeFamily(of: birth, memory: parent)
      try endHelper(birth)
    }
    guard let record = task.memory else {
      try makeFamily(of: birth, memory: parent)
      DeadTask.end(task, stages: stages)
    }
    let memory = try TaskMemoryRestore(
      pid: task.pid, subject: task.subject, record: record, arena: arena, parent: parent,
      vdso: vdsos.vdso(for: task))
    try restore(task, birth, memory)
  }

  private func restore(
    _ task: TaskPlan, _ birth: BirthPlan.Birth, _ memory: TaskMemoryRestore
  ) throws(Failure) -> Never {
    let index = plan.holderIndices[task.pid]!
    var log = try taskLog(task.pid)
    let own = FileRestore(plan: files, index: index, made: madeFiles, log: log)
    let mapped = MappingFiles(sharedMemory: sharedMemory) { (vma) throws(Failure) in
      try own.open(regularFile: UInt32(truncatingIfNeeded: vma.shmid), flags: vma.fdflags)
    }
    try fill(memory, mapped)
    if options.fault == .restoreRootOnly, task.pid == plan.root.pid { killProcess(currentPid()) }
    if !birth.children.isEmpty { try memory.mapFilesForChildren(mapped) }
    try makeFamily(of: birth, memory: memory) { () throws(Failure) in
      // A child gets all descriptors of its maker's table, which other tasks may share: whoever reads a stream has an end
      // of a pipe there meanwhile, which must be closed nowhere but here.
      if takesTurns { created.endTurn() }
      // Once all have come here, tables may be cleared, of which some are shared.
      try restoreAccounting(task.core)
      try lazy?.open(pid: task.pid)
      try memory.mapFiles(mapped)
    }
    let shared = plan.sharing.withMaker(of: task.pid)
    if shared.contains(.descriptors) {
      // Its maker fills the table.
      log = log.marked(pid: task.pid, descriptor: -1)
      stages.end(.made)
      stages.end(.placed)
    } else {
      try own.make(keep: sharedMemory.descriptors + [log.descriptor])
      log = log.marked(pid: task.pid, descriptor: own.number(ofKept: log.descriptor))
      stages.end(.made)
      try own.place()
      stages.end(.placed)
      try own.finish()
    }
    try memory.mapPacketRings { id in
      own.holder.descriptors.first { $0.type == PacketSocket.type && $0.id == id }.map { CInt(bitPattern: $0.fd) }
    }
    let executable = try own.open(regularFile: memory.record.exeFileId, flags: 0).release()
    if !shared.contains(.filesystem) { try own.restoreFilesystemState() }
    let steps = try lastSteps(of: task, birth, memory: memory, executable: executable)
    log.debug("Entering the last steps")
    own.closeKept()
    try dropOwnRseq()
    last_steps_enter(steps)
  }

  /// The engine's log with marked lines, or a file of the task's own (--log-pid).
  private func taskLog(_ pid: Int32) throws(Failure) -> Log {
    guard options.logsPerTask, let path = options.logFile else { return log.marked(pid: pid) }
    let file = try check("make the log file", "\(path).\(pid)", remedy: "Check that its directory can be written to.") {
      File.open("\(path).\(pid)", [.writeOnly, .create, .truncate, .append], mode: 0o600)
    }
    return log.marked(pid: pid, descriptor: CInt(file))  // closed with all that was kept, at the very end
  }

  /// Session, group and children, in the order that `BirthPlan` found; ends the stage of births.
  ///
  /// - Parameter rest: What else belongs to that stage, once all children are made.
  private func makeFamily(
    of birth: BirthPlan.Birth, memory: TaskMemoryRestore?, rest: () throws(Failure) -> Void = {}
  ) throws(Failure) {
    if birth.adoptsOrphans { adoptOrphans(true) }
    if birth.group == .own { try joinProcessGroup(0) }
    for child in birth.childrenBefore { try make(child, parent: memory, maker: birth) }
    if birth.startsSession { try beginSession() }
    for child in birth.childrenAfter { try make(child, parent: memory, maker: birth) }
    if birth.group == .outside { try joinProcessGroup(ownGroup) }
    try rest()
    stages.end(.forked)
    if case .of(let leader) = birth.group { try joinProcessGroup(leader) }
  }

  private func endHelper(_ birth: BirthPlan.Birth) throws(Failure) -> Never {
    stages.wait(for: .signals)
    for child in birth.children where plan.births.births[child]!.isHelper { _ = try waitForEnd(of: child) }
    exitNow(0)
  }

  private func fill(_ memory: TaskMemoryRestore, _ files: MappingFiles) throws(Failure) {
    if takesTurns { created.awaitTurn(of: memory.pid) }
    guard let pages = try source.openPages(.task(UInt32(bitPattern: memory.pid))) else {
      throw Failure(
        "read the memory", "\(memory.subject): there is no pagemap-\(memory.pid).img", .noEntry,
        remedy: "The set is not whole: restore from another copy of it.")
    }
    try during("filling the memory of \(memory.subject)") { () throws(Failure) in
      try memory.fill(
        from: pages, files: files, leavesLazy: lazy != nil, counters: counters,
        help: FillHelp(
          pids: freePids.share(ofTask: plan.holderIndices[memory.pid]!), isKilled: options.fault == .restoreFillHelper))
    }
  }

  /// Whether tasks read one stream, one after the other: each from its memory's beginning until its children are made.
  private var takesTurns: Bool { !source.abilities.contains(.randomAccess) }

  /// Lays out what the blob works from.
  private func lastSteps(
    of task: TaskPlan, _ birth: BirthPlan.Birth, memory: TaskMemoryRestore, executable: CInt
  ) throws(Failure) -> UnsafeMutablePointer<last_steps> {
    let steps = try bootstrap.allocate(last_steps.self)
    steps.pointee.shared = stages.shared
    steps.pointee.pid = task.pid
    steps.pointee.is_lazy = lazy == nil ? 0 : 1
    steps.pointee.code = bootstrap.code
    steps.pointee.memory = try memory.lastSteps(keep: [bootstrap.range], executable: executable, in: bootstrap)
    steps.pointee.task = try restoreTaskState(
      core: task.core, memory: task.memory, pid: task.pid, threadCount: task.threads.count, in: bootstrap)
    steps.pointee.thread_count = UInt32(task.threads.count)
    steps.pointee.threads = try bootstrap.allocate(last_steps_thread.self, count: task.threads.count)
    let filters = try SeccompChains.installation(in: task, plan.seccomp)
    for (index, thread) in task.threads.enumerated() {
      let stack = try bootstrap.allocate(byteCount: LastStepsSize.stack, alignment: 64)
      steps.pointee.threads[index] = last_steps_thread(
        state: try restoreThreadState(
          core: thread.core, pid: task.pid, tid: thread.tid, task: steps.pointee.task,
          personality: task.core.personality,
          sharedFilters: index == 0 ? filters.common : [], filters: filters.others[index], in: bootstrap),
        tid: thread.tid, stack_top: UInt64(UInt(bitPattern: stack)) + UInt64(LastStepsSize.stack), steps: steps)
    }
    let dead = Set(task.children.filter(\.isDead).map(\.pid))
    let awaited = birth.children.filter { dead.contains($0) || plan.births.births[$0]!.isHelper }
    steps.pointee.awaited_count = UInt32(awaited.count)
    steps.pointee.awaited = try bootstrap.allocate(Int32.self, count: max(1, awaited.count))
    steps.pointee.awaited_is_helper = try bootstrap.allocate(UInt32.self, count: max(1, awaited.count))
    for (index, child) in awaited.enumerated() {
      steps.pointee.awaited[index] = child
      steps.pointee.awaited_is_helper[index] = dead.contains(child) ? 0 : 1
    }
    return steps
  }
}
