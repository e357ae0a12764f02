internal import Images
internal import Linux

/// A task that was dead at the dump: it ends again as it did, and its parent may wait for it.
enum DeadTask {
  /// Runs in the task's own process, once its group stands.
  static func end(_ task: TaskPlan, stages: RestoreStages) -> Never {
    setOwnName(task.core.comm)
    stages.wait(for: .signals)
    resetSignals()
    let status = Int32(bitPattern: task.core.exitCode)
    let signal = status & 0x7f
    if signal != 0 {
      becomeUndumpable()
      sendSignal(signal, to: currentPid())
      sendSignal(Signal.kill, to: currentPid())  // the other one does not end a process
    }
    exitNow((status >> 8) & 0xff)
  }
}
