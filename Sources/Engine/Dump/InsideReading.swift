internal import CParasite
internal import Linux

/// What the parasite reads on the threads of a task: in one wave, all threads side by side.
struct InsideReading {
  let task: TaskStateReading
  /// In the order of the task's threads.
  let threads: [parasite_thread_state]

  /// Of several tasks, side by side.
  ///
  /// - Parameter timers: Of each task.
  static func read(_ parasites: [Parasite], timers: [[PosixTimer]]) throws(Failure) -> [InsideReading] {
    var tasks: [TaskStateReading] = []
    for (parasite, timers) in zip(parasites, timers) { tasks.append(try readTask(parasite, timers: timers)) }
    for parasite in parasites {
      try parasite.start(
        PARASITE_COMMAND_THREAD_STATE.rawValue,
        on: parasite.task.threads.map { ($0, parasite.argument(of: $0).baseAddress!) })
    }
    var readings: [InsideReading] = []
    for (parasite, task) in zip(parasites, tasks) {
      var threads: [parasite_thread_state] = []
      for thread in parasite.task.threads {
        _ = try parasite.finish(thread)
        threads.append(parasite.argument(of: thread).baseAddress!.load(as: parasite_thread_state.self))
      }
      readings.append(InsideReading(task: task, threads: threads))
    }
    return readings
  }

  private static func readTask(_ parasite: Parasite, timers: [PosixTimer]) throws(Failure) -> TaskStateReading {
    try TaskStateReading(timers: timers, subject: parasite.task.subject) { (state) throws(Failure) in
      let memory = parasite.sharedArgument.baseAddress!.bindMemory(to: parasite_task_state.self, capacity: 1)
      memory.pointee = state
      try parasite.call(PARASITE_COMMAND_TASK_STATE.rawValue, on: parasite.task.threads[0], argument: memory)
      state = memory.pointee
    }
  }
}
