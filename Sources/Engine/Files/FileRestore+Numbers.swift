internal import Images
internal import Linux

// How descriptors get to their numbers: whatever else is open stands at numbers that the task has no use for.
extension FileRestore {
  /// Closes everything but `keep`, and moves that out of the way of the task's numbers.
  func clear(keep: Set<CInt>) throws(Failure) {
    var start: UInt32 = 0
    for number in keep.sorted() where number >= 0 {
      if UInt32(number) > start { try closeDescriptors(start...UInt32(number - 1)) }
      start = UInt32(number) + 1
    }
    try closeDescriptors(start...UInt32.max)
    for number in keep where number >= 0 { kept[number] = try outside(number) }
  }

  /// The same file at a number that this task has no other use for.
  private func outside(_ number: CInt) throws(Failure) -> CInt {
    guard numbers.isTarget(number) else { return number }
    let file = BorrowedFD(number)
    defer { file.close() }
    return try duplicateOutside(file)
  }

  private func duplicateOutside(_ file: BorrowedFD) throws(Failure) -> CInt {
    do throws(Failure) { return try file.duplicate(from: numbers.end, "descriptor \(file.raw)") } catch {
      guard error.errno == .invalid || error.errno == .tooManyOpenFiles else { throw error }
    }
    // No room above: the gaps between.
    var start = numbers.firstOutside(from: 0)
    while true {
      let number = try file.duplicate(from: start, "descriptor \(file.raw)")
      guard numbers.isTarget(number) else { return number }
      BorrowedFD(number).close()
      start = numbers.firstOutside(from: number + 1)
    }
  }

  /// Puts what a kind made at its numbers.
  func settle(_ files: [MadeFile]) throws(Failure) {
    // First out of the way of each other.
    var moved = files
    for (index, file) in files.enumerated() {
      let first = numbers.targets[file.key]?.first?.number
      if file.descriptor != first {
        moved[index] = MadeFile(key: file.key, descriptor: try outside(file.descriptor))
      }
    }
    for file in moved {
      try stand(file.descriptor, as: file.key)
      made.set(file.key, to: here[file.key]!, in: plan)
    }
  }

  /// Gives a file that this task made or took the numbers that it is to have; without any, it is there for others.
  func stand(_ descriptor: CInt, as key: FileKey) throws(Failure) {
    guard let targets = numbers.targets[key] else {
      here[key] = descriptor
      temporary.append(descriptor)
      return
    }
    let file = BorrowedFD(descriptor)
    for target in targets where target.number != descriptor {
      try file.duplicate(onto: target.number, closeOnExec: target.closeOnExec, "\(key)")
    }
    if let own = targets.first(where: { $0.number == descriptor }) {
      try file.setCloseOnExec(own.closeOnExec, "\(key)")
    } else {
      file.close()
    }
    here[key] = targets[0].number
  }

  /// Keeps a descriptor that is no file of the plan, at a number out of the way, until the end.
  func keepAside(_ file: BorrowedFD) throws(Failure) -> BorrowedFD {
    let number = try outside(file.raw)
    temporary.append(number)
    return BorrowedFD(number)
  }

  /// A pidfd of another task.
  func process(_ pid: Int32) throws(Failure) -> BorrowedFD {
    if let number = processes[pid] { return BorrowedFD(number) }
    let number = try outside(try openProcess(pid).release())
    processes[pid] = number
    return BorrowedFD(number)
  }
}
