internal import Images
internal import Linux
internal import Streams

/// The records of one task.
struct TaskDump {
  /// By thread, the leader first.
  private let cores: [(tid: UInt64, core: CoreEntry)]
  private let ids: TaskKobjIdsEntry?
  private let memory: MmEntry?
  private let filesystem: FsEntry?

  init(
    _ task: FrozenTask, cores: [CoreEntry], ids: TaskKobjIdsEntry, memory: MmEntry, filesystem: FsEntry
  ) {
    self.cores = zip(task.threads, cores).map { (UInt64($0.virtualTid), $1) }
    self.ids = ids
    self.memory = memory
    self.filesystem = filesystem
  }

  init(zombie task: FrozenTask, exitStatus: Int32) {
    let core = CoreEntry {
      $0.mtype = .x86_64
      $0.tc = TaskCoreEntry(zombie: task, exitStatus: exitStatus)
    }
    cores = [(UInt64(task.virtualPid), core)]
    ids = nil
    memory = nil
    filesystem = nil
  }

  func write(to sink: any ImageSink) throws(Failure) {
    for (tid, core) in cores { try sink.write(records: [core], to: .core, tid) }
    guard let ids, let memory, let filesystem else { return }
    let pid = cores[0].tid
    try sink.write(records: [ids], to: .ids, pid)
    try sink.write(records: [memory], to: .mm, pid)
    try sink.write(records: [filesystem], to: .fs, pid)
  }
}
