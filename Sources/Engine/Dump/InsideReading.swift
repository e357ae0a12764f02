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
    for (parasite, timers) in zip(parasites, timers) {
      let threads = parasite.task.threads
      let memory = taskArgument(parasite)
      memory.pointee = TaskStateReading.request(timers: timers)
      try parasite.start([
        (threads[0], PARASITE_COMMAND_BOTH_STATES.rawValue, UnsafeMutableRawPointer(memory))
      ] + threads.dropFirst().map {
        ($0, PARASITE_COMMAND_THREAD_STATE.rawValue, parasite.argument(of: $0).baseAddress!)
      })
    }
    var readings: [InsideReading] = []
    for (parasite, timers) in zip(parasites, timers) {
      var threads: [parasite_thread_state] = []
      for thread in parasite.task.threads {
        _ = try parasite.finish(thread)
        threads.append(parasite.argument(of: thread).baseAddress!.load(as: parasite_thread_state.self))
      }
      readings.append(InsideReading(task: try readTask(parasite, timers: timers), threads: threads))
    }
    return readings
  }

  private static func readTask(_ parasite: Parasite, timers: [PosixTimer]) throws(Failure) -> TaskStateReading {
    var hasRun = true
    return try TaskStateReading(timers: timers, subject: parasite.task.subject) { (state) throws(Failure) in
      let memory = taskArgument(parasite)
      if !hasRun {
        memory.pointee = state
        try parasite.call(PARASITE_COMMAND_TASK_STATE.rawValue, on: parasite.task.threads[0], argument: memory)
      }
      hasRun = false
      state = memory.pointee
    }
  }

  private static func taskArgument(_ parasite: Parasite) -> UnsafeMutablePointer<parasite_task_state> {
    parasite.sharedArgument.baseAddress!.bindMemory(to: parasite_task_state.self, capacity: 1)
  }
}
