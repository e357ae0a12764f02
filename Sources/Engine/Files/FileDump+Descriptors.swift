internal import Images
internal import Linux

extension FileDump {
  /// Dumps the descriptor table of a task; once for each table.
  ///
  /// We read from the first one up; those that others have read from the last one down, we take as soon as they have.
  ///
  /// - Parameters:
  ///   - filesID: The table's number (task_kobj_ids_entry.files_id).
  ///   - asked: Of how many descriptors the task itself can tell later whether they are closed by exec
  ///     (`setCloseOnExec`), which is cheaper than to look.
  /// - Returns: Those that it is to be asked about.
  @discardableResult
  func dumpDescriptors(of task: FrozenTask, filesID: UInt32, asked: Int = 0) throws(Failure) -> [CInt] {
    guard descriptors[filesID] == nil else { return [] }
    descriptors[filesID] = []
    let foreseenNumbers = try foreseen.numbers(of: task.pid)
    let numbers = if let foreseenNumbers { foreseenNumbers } else { try descriptorNumbers(of: task.pid) }
    var table = DescriptorTable(numbers, filesID: filesID, mostQuestions: asked)
    defer { table.row.close() }
    var readers = numbers.count < DescriptorReaders.worthwhileCount ? nil : readers
    try readers?.start(numbers, of: task)
    defer { readers?.finish() }
    while !table.isDone {
      if let reading = readers?.reading(at: table.last) {
        try dump(Descriptor(table.numbers[table.last], of: task, reading), at: table.takeLast(), in: &table)
        continue
      }
      // Another one behind it they could not read. Not to look each time: what they write comes slowly to us.
      if table.first % FileDump.rareness == 0, let reading = readers?.reading(at: table.first) {
        try dump(Descriptor(table.numbers[table.first], of: task, reading), at: table.takeFirst(), in: &table)
        continue
      }
      readers?.advance(to: table.first)
      let number = table.numbers[table.first]
      let descriptor: Descriptor
      do throws(Failure) {
        descriptor = try during("dumping descriptor \(number) of \(task.subject)") { () throws(Failure) in
          try Descriptor.taken(number, of: task, foreseen)
        }
      } catch where foreseenNumbers != nil && error.errno == .badDescriptor {
        // It was closed before the freeze, and others may have been opened.
        readers?.finish()
        readers = nil
        table.replaceRest(by: try descriptorNumbers(of: task.pid))
        continue
      }
      try dump(descriptor, at: table.takeFirst(), in: &table)
    }
    descriptors[filesID] = table.entries.map { $0! }
    questions[filesID] = table.questions
    return table.questions.map { table.numbers[$0] }
  }

  private static let rareness = 16

  private func dump(_ descriptor: Descriptor, at place: Int, in table: inout DescriptorTable) throws(Failure) {
    let number = table.numbers[place]
    try during("dumping descriptor \(number) of \(descriptor.task.subject)") { () throws(Failure) in
      let kind = try kind(of: descriptor)
      let (id, waits) = try id(of: descriptor, at: number, kind)
      try kind.note(descriptor, id: id, filesID: table.filesID, into: self)
      try states[FileLocks.self].note(descriptor, at: number, id: id, in: self)
      var isClosedByExec = false
      if descriptor.knowsInfo || table.questions.count >= table.mostQuestions {
        isClosedByExec = try descriptor.info().closeOnExec
      } else {
        table.questions.append(place)
      }
      if waits { descriptor.seal(closing: table.row) }
      table.entries[place] = FdinfoEntry {
        $0.id = id
        $0.flags = isClosedByExec ? 1 : 0
        $0.type = kind.type
        $0.fd = UInt32(number)
      }
    }
  }

  /// - Parameter answers: Of F_GETFD, for the descriptors that the task was to be asked about.
  func setCloseOnExec(_ answers: [Int32], filesID: UInt32) throws(Failure) {
    guard let places = questions[filesID] else { return }
    for (place, answer) in zip(places, answers) {
      if let errno = Errno(result: Int(answer)) {
        throw Failure(
          "read the flags of the descriptor", "\(descriptors[filesID]![place].fd)", errno,
          remedy: "It was closed during the dump: freeze the tree's cgroup first with --freeze-cgroup.")
      }
      descriptors[filesID]![place].flags = UInt32(bitPattern: answer) & 1
    }
  }
}

/// A table of descriptors of which some are dumped: the first ones, and the last ones.
private struct DescriptorTable {
  private(set) var numbers: [CInt]
  let filesID: UInt32
  let mostQuestions: Int
  /// At the places of their numbers.
  var entries: [FdinfoEntry?]
  /// Places of descriptors of which the task is to be asked whether they are closed by exec.
  var questions: [Int] = []
  /// Copies that are not needed any more.
  let row = DescriptorRow()
  /// What is left to do.
  private var rest: Range<Int>

  init(_ numbers: [CInt], filesID: UInt32, mostQuestions: Int) {
    self.numbers = numbers
    self.filesID = filesID
    self.mostQuestions = mostQuestions
    entries = Array(repeating: nil, count: numbers.count)
    questions.reserveCapacity(min(numbers.count, mostQuestions))
    rest = numbers.indices
  }

  var isDone: Bool { rest.isEmpty }
  var first: Int { rest.lowerBound }
  var last: Int { rest.upperBound - 1 }

  mutating func takeFirst() -> Int {
    rest = rest.dropFirst()
    return rest.lowerBound - 1
  }

  mutating func takeLast() -> Int {
    rest = rest.dropLast()
    return rest.upperBound
  }

  /// - Parameter numbers: All that there are, those among them that are done.
  mutating func replaceRest(by all: [CInt]) {
    let done = Set(numbers[..<rest.lowerBound] + numbers[rest.upperBound...])
    let others = all.filter { !done.contains($0) }
    numbers.replaceSubrange(rest, with: others)
    entries.replaceSubrange(rest, with: others.map { _ in nil })
    // Places behind the rest have moved.
    let moved = others.count - rest.count
    questions = questions.map { $0 < rest.upperBound ? $0 : $0 + moved }
    rest = rest.lowerBound..<rest.lowerBound + others.count
  }
}
