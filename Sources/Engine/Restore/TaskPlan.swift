internal import Images
internal import Linux

/// A thread as the images have it.
struct ThreadPlan {
  let tid: Int32
  let core: CoreEntry
}

/// A task as the images have it: what its restore works from. Values only; nothing was touched yet.
final class TaskPlan {
  /// As the tree itself sees it; so are parent, process group and session.
  let pid: Int32
  /// 0 for the root.
  let parent: Int32
  let processGroup: Int32
  let session: Int32
  /// State and signals that the whole process has.
  let core: TaskCoreEntry
  /// The leader first; empty for a dead task.
  let threads: [ThreadPlan]
  let ids: TaskKobjIdsEntry?
  /// Absent for a dead task, as are the three below.
  let memory: MmEntry?
  let filesystem: FsEntry?
  let descriptors: [FdinfoEntry]
  var children: [TaskPlan] = []

  init(
    entry: PstreeEntry, core: TaskCoreEntry, threads: [ThreadPlan], ids: TaskKobjIdsEntry?, memory: MmEntry?,
    filesystem: FsEntry?, descriptors: [FdinfoEntry]
  ) {
    pid = Int32(bitPattern: entry.pid)
    parent = Int32(bitPattern: entry.ppid)
    processGroup = Int32(bitPattern: entry.pgid)
    session = Int32(bitPattern: entry.sid)
    self.core = core
    self.threads = threads
    self.ids = ids
    self.memory = memory
    self.filesystem = filesystem
    self.descriptors = descriptors
  }

  /// task_core_entry.task_state
  enum State: UInt32 {
    case alive = 1
    case dead = 2
    case stopped = 3
  }

  var state: State { State(rawValue: core.taskState) ?? .alive }
  var isDead: Bool { state == .dead }
  /// Whether its program is 32-bit code.
  var is32Bit: Bool { threads.first?.core.threadInfo?.gpregs.mode == .compat }
  var subject: String { "pid \(pid) (\(core.comm))" }

  /// This task and all below it, parents before children.
  var subtree: [TaskPlan] { [self] + children.flatMap(\.subtree) }
}
