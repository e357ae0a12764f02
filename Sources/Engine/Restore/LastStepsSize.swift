internal import CParasite
internal import Images
internal import Linux

/// How much room the last steps need in the bootstrap area.
enum LastStepsSize {
  /// A thread's stack, as last_steps.c has it.
  static let stack = Int(LAST_STEPS_STACK_BYTE_COUNT)

  /// Bytes for any task of the tree, generously: it is address space, of which only what is used becomes memory.
  static func ofLargest(_ tasks: [TaskPlan], seccomp: SeccompEntry) -> Int {
    let filterByteCount = seccomp.seccompFilters.reduce(0) { $0 + $1.filter.count + 64 }
    let largest = tasks.map { task in
      task.threads.reduce(1 << 16) { $0 + threadByteCount($1.core) + filterByteCount }
        + (task.memory.map(TaskMemoryRestore.lastStepsByteCount) ?? 0) + task.children.count * 8
        + (task.core.timers?.posix.count ?? 0) * 128 + (task.core.signalsS?.signals.count ?? 0) * 128
    }
    return largest.max() ?? 0
  }

  private static func threadByteCount(_ core: CoreEntry) -> Int {
    stack + 1024 + (core.threadCore?.signalsP?.signals.count ?? 0) * 128
      + (core.threadCore?.creds?.groups.count ?? 0) * 4
  }
}
