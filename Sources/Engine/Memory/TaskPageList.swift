internal import Linux
internal import Streams

/// Which pages of a frozen task go into an image, and their way there.
struct TaskPageList {
  private let frozenMappings: [Mapping]
  private var frozen = PageExtents()
  private var frozenPageCount: UInt64 = 0
  /// Where they are listed later.
  let late: LatePages?
  /// As the kernel shows them.
  let layout: TaskLayout

  var mappings: [Mapping] { late?.mappings ?? frozenMappings }
  private(set) var extents: [PageExtent] {
    get { late?.listed?.extents ?? frozen.extents }
    set { frozen.extents = newValue }
  }
  /// Ranges of guard pages, ascending.
  var guarded: [Range<UInt64>] { late?.listed?.guarded ?? frozen.guarded }
  /// Pages that the kernel told of.
  var scannedPageCount: UInt64 { late?.scannedPageCount ?? frozenPageCount }

  /// Those whose bytes are to be moved; roughly, where they are not listed yet.
  var presentPageCount: Int {
    if let late, late.listed == nil { return late.expectedPageCount }
    return extents.reduce(0) { $1.run.flags.contains(.present) ? $0 + $1.run.pageCount : $0 }
  }

  /// Those that a clone of the task would not have.
  var unclonedPages: [Range<UInt64>] {
    if let late { return late.unclonedPages }
    let ranges = mappings.filter(\.isUncloned).map(\.range)
    if ranges.isEmpty { return [] }
    let present = extents.filter { $0.run.flags.contains(.present) }.map { $0.run.address..<$0.run.end }
    return ranges.flatMap { range in present.filter { $0.overlaps(range) }.map { $0.clamped(to: range) } }
  }

  /// The task is frozen; nothing of the parasite may be mapped in it.
  ///
  /// - Parameters:
  ///   - mappings: As smaps tells of them; `nil`: it is read here where it is needed.
  ///   - stackPointers: Of all threads.
  ///   - way: Forces one way of asking for pages; for tests.
  ///   - foreseen: Of a task that is to be cloned: its pages are listed later where it has what is needed.
  static func collect(
    from task: FrozenTask, _ mappings: [MapsEntry]? = nil, devices: MemoryDevices, stackPointers: [UInt64],
    forced way: TaskPagemap.Way? = nil, foreseen: ForeseenMappings? = nil
  ) throws(Failure) -> TaskPageList {
    let known = try mappings == nil ? foreseen?.entries(of: task) : nil
    let entries = if let found = known ?? mappings { found } else { try MapsFile.smaps.read(pid: task.pid) }
    let mappings = try Mapping.all(of: task, in: entries, devices: devices)
    let layout = TaskLayout(mappings: entries)
    if known != nil {
      let expected = try Forecast.privateByteCount(of: task.pid) / pageSize
      return TaskPageList(
        frozenMappings: [],
        late: try LatePages(mappings, of: task, expectedPageCount: expected, stackPointers: stackPointers), layout: layout)
    }
    let pagemap = try TaskPagemap(pid: task.pid, subject: task.subject, forced: way)
    let regions = try pagemap.regions(in: mappings.filter { $0.kind != .vsyscall }.map(\.range))
    return TaskPageList(
      frozenMappings: mappings,
      frozen: PageExtents(mappings: mappings, regions: regions, stackPointers: stackPointers),
      frozenPageCount: regions.reduce(0) { $0 + UInt64($1.range.count / pageSize) }, late: nil, layout: layout)
  }

  /// Lists what was to be listed later, where the task is not cloned. It is still frozen.
  func listNow(of task: FrozenTask) throws(Failure) {
    try late?.list(from: task.pid, isClone: false, task.subject)
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
