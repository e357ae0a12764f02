internal import Images
internal import Linux

extension FileDump {
  /// Dumps the descriptor table of a task; once for each table.
  ///
  /// We read from the first one up; those that others have read from the last one down, we take as soon as they have.
  ///
  /// - Parameters:
  ///   - filesID: The table's number (task_kobj_ids_entry.files_id).
  ///   - asked: Of how many descriptors the task itself tells later whether they are closed by exec
  ///     (`setCloseOnExec`), which is cheaper than to look.
  /// - Returns: The first of them, `asked` at most.
  @discardableResult
  func dumpDescriptors(of task: FrozenTask, filesID: UInt32, asked: Int = 0) throws(Failure) -> [CInt] {
    guard descriptors[filesID] == nil else { return [] }
    descriptors[filesID] = []
    let foreseenNumbers = try foreseen.numbers(of: task.pid)
    var numbers = if let foreseenNumbers { foreseenNumbers } else { try descriptorNumbers(of: task.pid) }
    var readers = numbers.count < DescriptorReaders.worthwhileCount ? nil : readers
    try readers?.start(numbers, of: task)
    defer { readers?.finish() }
    var entries = [FdinfoEntry?](repeating: nil, count: numbers.count)
    var (low, high) = (0, numbers.count)
    while low < high {
      if let reading = readers?.reading(at: high - 1) {
        high -= 1
        let descriptor = Descriptor(numbers[high], of: task, reading)
        entries[high] = try dump(descriptor, at: numbers[high], filesID: filesID, isAsked: high < asked)
        continue
      }
      readers?.advance(to: low)
      let descriptor: Descriptor
      do throws(Failure) {
        descriptor = try during("dumping descriptor \(numbers[low]) of \(task.subject)") { () throws(Failure) in
          try Descriptor.take(numbers[low], of: task)
        }
      } catch where foreseenNumbers != nil && error.errno == .badDescriptor {
        // It was closed before the freeze, and others may have been opened.
        readers?.finish()
        readers = nil
        let done = Set(numbers[..<low] + numbers[high...])
        let rest = try descriptorNumbers(of: task.pid).filter { !done.contains($0) }
        numbers.replaceSubrange(low..<high, with: rest)
        entries.replaceSubrange(low..<high, with: rest.map { _ in nil })
        high = low + rest.count
        continue
      }
      descriptor.ask(into: foreseen.answers, foreseen)
      entries[low] = try dump(descriptor, at: numbers[low], filesID: filesID, isAsked: low < asked)
      low += 1
    }
    descriptors[filesID] = entries.map { $0! }
    return Array(numbers.prefix(asked))
  }

  private func dump(
    _ descriptor: Descriptor, at number: CInt, filesID: UInt32, isAsked: Bool
  ) throws(Failure) -> FdinfoEntry {
    try during("dumping descriptor \(number) of \(descriptor.task.subject)") { () throws(Failure) in
      let kind = try kind(of: descriptor)
      let (id, waits) = try id(of: descriptor, at: number, kind)
      try kind.note(descriptor, id: id, filesID: filesID, into: self)
      try states[FileLocks.self].note(descriptor, at: number, id: id, in: self)
      let closeOnExec = isAsked ? false : try descriptor.info().closeOnExec
      if waits { descriptor.seal() }
      return FdinfoEntry {
        $0.id = id
        $0.flags = closeOnExec ? 1 : 0
        $0.type = kind.type
        $0.fd = UInt32(number)
      }
    }
  }

  /// - Parameter answers: Of F_GETFD, for the first descriptors of a table.
  func setCloseOnExec(_ answers: [Int32], filesID: UInt32) throws(Failure) {
    for (index, answer) in answers.enumerated() {
      if let errno = Errno(result: Int(answer)) {
        throw Failure(
          "read the flags of the descriptor", "\(descriptors[filesID]![index].fd)", errno,
          remedy: "It was closed during the dump: freeze the tree's cgroup first with --freeze-cgroup.")
      }
      descriptors[filesID]![index].flags = UInt32(bitPattern: answer) & 1
    }
  }
}
