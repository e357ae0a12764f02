internal import Images
internal import Linux

/// A set of watched descriptors (epoll(7)). The kernel remembers each by its file and the number it had when it was
/// added, and that number may since have been closed, or be another file: kcmp(2) tells which descriptor has the file.
enum Eventpoll: FileKind {
  static var type: FdTypes { .eventpoll }

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool {
    guard descriptor.status.format == .none else { return false }
    // What it watches is needed anyway; only an empty one does not tell there what it is.
    if try descriptor.info().has("tfd:") { return true }
    return try descriptor.isAnonymous("[eventpoll]")
  }

  /// Asks whether each number that is watched still is the file that it was added for, as nearly all are.
  static func ask(_ place: ForeseenFiles.Place, _ info: FDInfo?, into recorder: inout AnswerRecorder) {
    guard let info else { return }
    var occurrences = Occurrences()
    var areAll = true
    var isEpoll = false
    info.eachValue(of: "tfd:") { line in
      isEpoll = true
      let digits = line.prefix { $0 != UInt8(ascii: " ") }
      let number = digits.isEmpty ? nil : FDInfo.number(digits, radix: 10).flatMap { UInt32(exactly: $0) }
      areAll = number.map { isSame($0, occurrences.next(of: $0), place) } ?? false
      return areAll
    }
    if isEpoll { recorder.record(.watchedNumbers, result: areAll ? 0 : 1) }
  }

  private static func isSame(_ number: UInt32, _ occurrence: UInt32, _ place: ForeseenFiles.Place) -> Bool {
    ifThere { () throws(Failure) in
      try isWatched(
        CInt(bitPattern: number), of: place.pid, epoll: place.number, of: place.pid, target: number,
        occurrence: occurrence)
    } ?? false
  }

  /// Which of several that were added under one number, from 0.
  private struct Occurrences {
    private var counts: [UInt32: UInt32] = [:]

    mutating func next(of number: UInt32) -> UInt32 {
      let count = counts[number, default: 0]
      counts[number] = count + 1
      return count
    }
  }

  static func canWait(_ descriptor: Descriptor, in dump: FileDump) -> Bool {
    descriptor.asked.known(.watchedNumbers)?.result == 0
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let owner = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    let targets = try targets(descriptor.info(), descriptor.subject) { (target, occurrence) throws(Failure) in
      try number(of: target, occurrence: occurrence, watchedBy: descriptor)
    }
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.epfd = EventpollFileEntry {
        $0.id = id
        $0.flags = descriptor.flags
        $0.fown = owner
        $0.tfd = targets
      }
    }
  }

  /// The number under which the file was added, if it still has it, else any that it has in the task.
  private static func number(
    of target: EventpollTfdEntry, occurrence: UInt32, watchedBy epoll: Descriptor
  ) throws(Failure) -> UInt32? {
    if epoll.asked.known(.watchedNumbers)?.result == 0 { return target.tfd }
    guard let number = epoll.number else { return nil }
    let pid = epoll.task.pid
    func isTarget(_ candidate: CInt) throws(Failure) -> Bool {
      try isWatched(
        candidate, of: pid, epoll: number, of: epoll.holder, target: target.tfd, occurrence: occurrence)
    }
    if try isTarget(CInt(bitPattern: target.tfd)) { return target.tfd }
    for candidate in try descriptorNumbers(of: pid) where try isTarget(candidate) { return UInt32(candidate) }
    return nil
  }

  /// - Parameter descriptor: The number, in the task that holds the epoll descriptor, of the file that was added under
  ///   `tfd`; `occurrence` tells apart several that were added under one number, from 0. `nil` when the task has none.
  static func targets(
    _ info: FDInfo, _ subject: String,
    descriptor: (_ target: EventpollTfdEntry, _ occurrence: UInt32) throws(Failure) -> UInt32?
  ) throws(Failure) -> [EventpollTfdEntry] {
    var targets: [EventpollTfdEntry] = []
    var occurrences = Occurrences()
    for line in info.values(of: "tfd:") {
      guard var target = target(line) else { throw info.unreadable("tfd:", subject) }
      guard let number = try descriptor(target, occurrences.next(of: target.tfd)) else {
        throw Failure(
          "find the file that epoll watches as descriptor \(target.tfd)", subject, .notSupported,
          remedy: "The task closed it and another task holds it: dump when the program has removed it from epoll.")
      }
      target.tfd = number
      targets.append(target)
    }
    return targets
  }

  /// What stands after "tfd:", as in "3 events: 80000019 data: 3  pos:0 ino:40e sdev:10" (proc_pid_fdinfo(5)).
  ///
  /// - Returns: `nil` for a line of another form.
  static func target(_ line: Substring) -> EventpollTfdEntry? {
    var words = line.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ":") }[...]
    guard let number = words.popFirst().flatMap({ UInt32(Substring($0)) }) else { return nil }
    var target = EventpollTfdEntry()
    target.tfd = number
    var hasEvents = false
    var hasData = false
    while let key = words.popFirst(), let word = words.popFirst() {
      let isPosition = key.elementsEqual("pos".utf8)
      guard let value = UInt64(Substring(word), radix: isPosition ? 10 : 16) else { return nil }
      if isPosition {
        target.pos = value
      } else if key.elementsEqual("events".utf8) {
        target.events = UInt32(truncatingIfNeeded: value)
        hasEvents = true
      } else if key.elementsEqual("data".utf8) {
        target.data = value
        hasData = true
      } else if key.elementsEqual("ino".utf8) {
        target.inode = value
      } else if key.elementsEqual("sdev".utf8) {
        target.dev = UInt32(truncatingIfNeeded: value)
      }
    }
    return hasEvents && hasData ? target : nil
  }

  // MARK: Restore

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.epfd, "epfd")
    guard let owner = plan.owners[entry.key] else { return }
    if let missing = record.tfd.first(where: { !plan.numbers[owner].contains($0.tfd) }) {
      throw Failure(
        "find the watched descriptor", "\(missing.tfd) of \(plan.holders[owner].subject), \(entry.key)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try group.makeEach { (entry) throws(Failure) in
      let record = try entry.require(entry.epfd, "epfd")
      let file = try makeEpoll()
      try file.borrowed().restoreStatusFlags(record.flags, of: entry.key)
      return file
    }
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.epfd, "epfd")
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
    try addTargets(to: BorrowedFD(number), record)
  }

  /// Adds the watched descriptors; all descriptors of this task must stand at their numbers.
  static func addTargets(to epoll: BorrowedFD, _ record: EventpollFileEntry) throws(Failure) {
    for target in record.tfd { try add(target, to: epoll) }
  }

  private static func add(_ target: EventpollTfdEntry, to epoll: BorrowedFD) throws(Failure) {
    do throws(Failure) {
      try epoll.watch(CInt(bitPattern: target.tfd), events: target.events, data: target.data)
    } catch where error.errno == .exists {
      // Two numbers of one file were added, and one of them was closed since: add it under a number of its own.
      let other = OwnedFD(
        adopting: try BorrowedFD(CInt(bitPattern: target.tfd)).duplicate(from: 0, "descriptor \(target.tfd)"))
      try other.withRaw { (number) throws(Failure) in
        try epoll.watch(number, events: target.events, data: target.data)
      }
    }
  }
}
