internal import Images
internal import Linux
internal import Streams

/// The clocks that a time namespace can shift (timens-N.img): a restored tree gets a namespace in which they go on from
/// what they showed at the dump, so that no clock of it ever goes back, on this machine or another.
///
/// N is the number of the tree's own namespace, 0 for a tree in ours.
struct TimeNamespace {
  let number: UInt32
  let record: TimensEntry

  // MARK: Dump

  /// Of a frozen tree.
  ///
  /// - Throws: `EOPNOTSUPP` a task has other clocks than the root, or children that it makes would.
  static func collect(_ tree: FrozenTree, ids: TaskIDs) throws(Failure) -> TimeNamespace {
    let root = tree.root.pid
    let link = try readLink("/proc/\(root)/ns/time")
    for task in tree.tasks where !task.isZombie {
      guard try readLink("/proc/\(task.pid)/ns/time_for_children") != link else { continue }
      throw Failure(
        "dump the time namespace", "\(task.subject), which has another than pid \(root), or makes one for its children",
        .notSupported, remedy: "All tasks of a tree must have the same clocks: dump the part below as a tree of its own.")
    }
    let number = try ids.namespaces.id(of: .time, pid: root)
    let isOurs = number == ids.own.timeNsId
    let shift =
      try isOurs
      ? TimeOffsets(monotonic: 0, boot: 0) : TimeOffsets.difference(.read(pid: root), .read(pid: currentPid()))
    return TimeNamespace(
      number: isOurs ? 0 : number,
      record: TimensEntry {
        $0.monotonic = Timespec(nanoseconds: nanoseconds(of: .monotonic) + shift.monotonic)
        $0.boottime = Timespec(nanoseconds: nanoseconds(of: .boot) + shift.boot)
      })
  }

  func write(to sink: any ImageSink) throws(Failure) {
    try sink.write(records: [record], to: .timens, UInt64(number))
  }

  // MARK: Restore

  /// - Returns: `nil` for a set without clocks.
  static func read(
    from source: any ImageSource, root: TaskPlan, inventory: InventoryEntry
  ) throws(Failure) -> TimensEntry? {
    let own = root.ids?.timeNsId
    let number = own == inventory.rootIds?.timeNsId ? 0 : own ?? 0
    return try source.record(of: TimensEntry.self, in: .timens, UInt64(number))
  }

  /// In the root task, before it has children.
  ///
  /// - Returns: A log whose lines go on in the time of the others.
  static func enter(_ clocks: TimensEntry, log: Log) throws(Failure) -> Log {
    guard let ours = try TimeOffsets.read(pid: currentPid()) else { return log }
    let wanted = TimeOffsets(
      monotonic: clocks.monotonic.nanoseconds - nanoseconds(of: .monotonic) + ours.monotonic,
      boot: clocks.boottime.nanoseconds - nanoseconds(of: .boot) + ours.boot)
    do throws(Failure) { try enterNewTimeNamespace(wanted) } catch {
      guard error.errno == .notPermitted || error.errno == .invalid else { throw error }
      log.warning("The clocks of the program jump, as it gets no time namespace: \(error.summary)")
      return log
    }
    return log.shifted(microseconds: (wanted.monotonic - ours.monotonic) / 1000)
  }

  private static func nanoseconds(of clock: ShiftableClock) -> Int {
    let now = time(of: clock)
    return now.seconds * 1_000_000_000 + now.nanoseconds
  }
}

extension TimeOffsets {
  fileprivate static func difference(_ theirs: TimeOffsets?, _ ours: TimeOffsets?) -> TimeOffsets {
    guard let theirs, let ours else { return TimeOffsets(monotonic: 0, boot: 0) }
    return TimeOffsets(monotonic: theirs.monotonic - ours.monotonic, boot: theirs.boot - ours.boot)
  }
}

extension Timespec {
  fileprivate init(nanoseconds: Int) {
    self.init()
    tvSec = UInt64(nanoseconds / 1_000_000_000)
    tvNsec = UInt64(nanoseconds % 1_000_000_000)
  }

  fileprivate var nanoseconds: Int { Int(truncatingIfNeeded: tvSec) &* 1_000_000_000 &+ Int(truncatingIfNeeded: tvNsec) }
}
