internal import Images
internal import Linux

/// Which kernel objects tasks share: the numbers of ids-<pid>.img. Our own process is the first that is looked at, so
/// that a tree shows what it shares with us.
struct TaskIDs {
  private var memory = KernelObjectIDs(.memory)
  private var filesystem = KernelObjectIDs(.filesystem)
  private var descriptorTable = KernelObjectIDs(.descriptorTable)
  private var signalHandlers = KernelObjectIDs(.signalHandlers)
  let namespaces = NamespaceIDs()
  /// Of our own process (inventory_entry.root_ids).
  private(set) var own: TaskKobjIdsEntry

  init() throws(Failure) {
    own = TaskKobjIdsEntry()
    own = try ids(of: currentPid())
  }

  /// - Throws: `EOPNOTSUPP` it shares its memory with a task that was asked for before.
  mutating func ids(of pid: Int32) throws(Failure) -> TaskKobjIdsEntry {
    var entry = TaskKobjIdsEntry()
    let (id, other) = try memory.id(of: pid)
    if let other {
      throw Failure(
        "dump two processes with one memory", "pid \(pid) and pid \(other)", .notSupported,
        remedy: "One made the other by vfork(2), or by clone(2) with CLONE_VM: wait until that runs a program of its own.")
    }
    entry.vmId = id
    entry.filesId = try descriptorTable.id(of: pid).id
    entry.fsId = try filesystem.id(of: pid).id
    entry.sighandId = try signalHandlers.id(of: pid).id
    try namespaces.fill(&entry, pid: pid)
    return entry
  }
}
