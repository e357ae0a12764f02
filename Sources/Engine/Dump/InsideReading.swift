internal import CParasite
internal import Linux

/// What the parasite reads on the threads of a task: in one wave, all threads side by side.
final class InsideReading {
  let task: TaskStateReading
  /// In the order of the task's threads.
  let threads: [parasite_thread_state]
  /// Of F_GETFD, for each descriptor that was asked for.
  let descriptorFlags: [Int32]

  /// How many descriptors of a task can be asked for.
  static let descriptorCapacity =
    (Int(PARASITE_ARGUMENT_BYTE_COUNT) - MemoryLayout<parasite_task_state>.stride - MemoryLayout<parasite_descriptors>.size)
    / MemoryLayout<parasite_descriptor>.stride

  /// Of several tasks, side by side.
  ///
  /// - Parameters:
  ///   - timers: Of each task.
  ///   - descriptors: Of each task, those of which flags are wanted; `descriptorCapacity` at most.
  ///   - meanwhile: Called while the tasks do it.
  static func read(
    _ parasites: [Parasite], timers: [[PosixTimer]], descriptors: [[CInt]], meanwhile: () throws(Failure) -> Void
  ) throws(Failure) -> [InsideReading] {
    for (index, (parasite, timers)) in zip(parasites, timers).enumerated() {
      let threads = parasite.task.threads
      for thread in threads {
        var request = parasite_thread_state()
        request.is_32bit = thread.context.registers.is32Bit ? 1 : 0
        parasite.argument(of: thread).baseAddress!.storeBytes(of: request, as: parasite_thread_state.self)
      }
      let memory = taskArgument(parasite)
      TaskStateReading.ask(for: timers, in: &memory.pointee)
      let (list, entries) = descriptorList(parasite)
      list.pointee.count = UInt32(descriptors[index].count)
      for (place, number) in descriptors[index].enumerated() { entries[place] = parasite_descriptor(number: number, flags: 0) }
      try parasite.start([
        (threads[0], PARASITE_COMMAND_BOTH_STATES.rawValue, UnsafeMutableRawPointer(memory))
      ] + threads.dropFirst().map {
        ($0, PARASITE_COMMAND_THREAD_STATE.rawValue, parasite.argument(of: $0).baseAddress!)
      })
    }
    try meanwhile()
    var readings: [InsideReading] = []
    for (index, (parasite, timers)) in zip(parasites, timers).enumerated() {
      var threads: [parasite_thread_state] = []
      for thread in parasite.task.threads {
        _ = try parasite.finish(thread)
        threads.append(parasite.argument(of: thread).baseAddress!.load(as: parasite_thread_state.self))
      }
      let entries = descriptorList(parasite).entries
      let flags = descriptors[index].indices.map { entries[$0].flags }
      readings.append(try InsideReading(readTask(parasite, timers: timers), threads, descriptorFlags: flags))
    }
    return readings
  }

  private init(_ task: TaskStateReading, _ threads: [parasite_thread_state], descriptorFlags: [Int32]) {
    self.task = task
    self.threads = threads
    self.descriptorFlags = descriptorFlags
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

  private static func descriptorList(
    _ parasite: Parasite
  ) -> (list: UnsafeMutablePointer<parasite_descriptors>, entries: UnsafeMutablePointer<parasite_descriptor>) {
    let list = UnsafeMutableRawPointer(taskArgument(parasite) + 1)
    return (
      list.assumingMemoryBound(to: parasite_descriptors.self),
      (list + MemoryLayout<parasite_descriptors>.size).assumingMemoryBound(to: parasite_descriptor.self)
    )
  }

  private static func taskArgument(_ parasite: Parasite) -> UnsafeMutablePointer<parasite_task_state> {
    parasite.sharedArgument.baseAddress!.bindMemory(to: parasite_task_state.self, capacity: 1)
  }
}
