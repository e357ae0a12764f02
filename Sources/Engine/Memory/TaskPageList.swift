internal import Linux
internal import Streams

/// Which pages of a frozen task go into an image, and their way there.
struct TaskPageList {
  let mappings: [Mapping]
  /// As the kernel shows them.
  let layout: TaskLayout
  private(set) var extents: [PageExtent]
  /// Ranges of guard pages, ascending.
  let guarded: [Range<UInt64>]
  /// Pages that the kernel told of.
  let scannedPageCount: UInt64

  /// Those whose bytes are to be moved.
  var presentPageCount: Int {
    extents.reduce(0) { $1.run.flags.contains(.present) ? $0 + $1.run.pageCount : $0 }
  }

  /// The task is frozen; nothing of the parasite may be mapped in it, or its range is `hidden`.
  ///
  /// - Parameters: as `TaskMemoryState.collect`.
  static func collect(
    from task: FrozenTask, devices: MemoryDevices, stackPointers: [UInt64], hidden: Range<UInt64>? = nil,
    forced way: TaskPagemap.Way? = nil
  ) throws(Failure) -> TaskPageList {
    let entries = try MapsFile.smaps.read(pid: task.pid)
    let all = try Mapping.all(of: task, in: entries, devices: devices)
    let mappings = hidden.map { hidden in all.filter { !hidden.contains($0.entry.start) } } ?? all
    let pagemap = try TaskPagemap(pid: task.pid, subject: task.subject, forced: way)
    let regions = try pagemap.regions(in: mappings.filter { $0.kind != .vsyscall }.map(\.range))
    let pages = PageExtents(mappings: mappings, regions: regions, stackPointers: stackPointers)
    return TaskPageList(
      mappings: mappings, layout: TaskLayout(mappings: entries), extents: pages.extents, guarded: pages.guarded,
      scannedPageCount: regions.reduce(0) { $0 + UInt64($1.range.count / pageSize) })
  }

  /// Leaves to the parent set what it has and what has not changed since.
  ///
  /// - Parameters:
  ///   - unchanged: Ascending, not overlapping.
  ///   - held: The runs of the parent's pagemap.
  mutating func leave(_ unchanged: [Range<UInt64>], to held: [PageRun]) {
    extents = ParentSplit.split(extents, unchanged: unchanged, held: held)
  }

  /// Lists what may come later, without its bytes.
  mutating func leaveLazy() {
    for index in extents.indices where extents[index].run.flags == [.lazy, .present] {
      extents[index].run.flags = .lazy
    }
  }

  /// With all that was left out, also to a parent, which may be where the client was.
  var whole: TaskPageList {
    var list = self
    for index in list.extents.indices {
      list.extents[index].run.flags.remove(.parent)
      list.extents[index].run.flags.insert(.present)
    }
    return list
  }

  /// What `leaveLazy` left out.
  var lazyExtents: [PageExtent] { extents.filter { $0.run.flags == .lazy } }

  /// Writes the pages. The task is still frozen, as when they were collected, or `memory` is what it was then.
  ///
  /// - Parameters:
  ///   - parasite: Gives them from inside; `nil`: they are read from outside.
  ///   - memory: Where they are read from; `nil`: from the task.
  func dump(
    of task: FrozenTask, through parasite: Parasite? = nil, from memory: (any PageMemory)? = nil,
    into sink: any ImageSink, statistics: inout MemoryStatistics
  ) throws(Failure) {
    let pages = try sink.openPages(task.pagesID)
    statistics.pagesScanned += scannedPageCount
    try pages.announce(extents.map(\.run))
    if let parasite {
      try PageSplicing.dump(extents, through: parasite, into: pages, statistics: &statistics)
    } else {
      let memory: any PageMemory = if let memory { memory } else { try TaskPages(pid: task.pid, subject: task.subject) }
      try PageReading.dump(extents, from: memory, into: pages, statistics: &statistics)
    }
    try pages.finish()
  }
}

extension FrozenTask {
  /// Of its private memory.
  var pagesID: PagesID { .task(UInt32(bitPattern: virtualPid)) }
}
