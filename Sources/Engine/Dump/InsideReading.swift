internal import CParasite
internal import Linux

/// What the parasite reads on the threads of a task: in one wave, all threads side by side.
struct InsideReading {
  let task: TaskStateReading
  /// In the order of the task's threads.
  let threads: [parasite_thread_state]

  init(_ parasite: Parasite, timers: [PosixTimer]) throws(Failure) {
    let frozen = parasite.task
    task = try TaskStateReading(timers: timers, subject: frozen.subject) { (state) throws(Failure) in
      let memory = parasite.sharedArgument.baseAddress!.bindMemory(to: parasite_task_state.self, capacity: 1)
      memory.pointee = state
      try parasite.call(PARASITE_COMMAND_TASK_STATE.rawValue, on: frozen.threads[0], argument: memory)
      state = memory.pointee
    }
    try parasite.start(
      PARASITE_COMMAND_THREAD_STATE.rawValue,
      on: frozen.threads.map { ($0, parasite.argument(of: $0).baseAddress!) })
    var states: [parasite_thread_state] = []
    for thread in frozen.threads {
      _ = try parasite.finish(thread)
      states.append(parasite.argument(of: thread).baseAddress!.load(as: parasite_thread_state.self))
    }
    threads = states
  }
}
