internal import Linux
internal import Streams

/// Which pages of a tree changed since the parent set was dumped, and the tracking of what will.
///
/// Writes are noted by userfaultfd(2) (`WriteTracking`); between two dumps a process of ours, the keeper, holds the
/// descriptors. A page is left to the parent set only where all of this is certain: the keeper that the parent names is
/// alive, the task is the one of that time, the kernel says of the page's mapping that writes to it are tracked by that
/// descriptor and of the page that there was none, and the parent has the page. What was mapped, moved, grown, forked
/// or replaced by another program since is not tracked there, and so is written in full.
///
/// The keeper of the parent ends before anything is protected anew: when this dump fails, the next is a whole one.
final class MemoryTracking {
  private let parent: (any ImageSource)?
  private let log: Log
  /// By virtual pid.
  private var tasks: [Int32: TrackedTask] = [:]

  /// - Parameter parent: The set that pages may be left to.
  init(parent: (any ImageSource)?, log: Log) throws(Failure) {
    self.parent = parent
    self.log = log
    guard let parent else { return }
    guard let record = try TrackingRecord.read(from: parent) else {
      log.info("The parent set tells of no tracking: all pages are written")
      return
    }
    guard let taken = try record.takeOver() else {
      log.warning("The process that tracked writes since the parent set is gone: all pages are written")
      return
    }
    for task in taken { tasks[task.identity.virtualPid] = task }
  }

  /// Leaves to the parent what did not change. The task is frozen, and nothing of it was protected anew.
  func leaveUnchanged(of task: FrozenTask, _ pages: inout TaskPageList) throws(Failure) {
    guard let parent, let tracked = tasks[task.virtualPid] else { return }
    guard try tracked.identity.isStill(task) else {
      tasks[task.virtualPid] = nil
      return log.info("\(task.subject) is not the task that had its pid before: all its pages are written")
    }
    var list = try Pagemap.read(task.pagesID, from: parent)?.runs
    if list == nil { list = try SentPages.read(task.pagesID, from: parent) }
    guard let held = list else { return }
    let scan = try WriteScan(pid: task.pid)
    var unchanged: [Range<UInt64>] = []
    for mapping in pages.mappings where mapping.canBeTracked && mapping.entry.flags.contains(.writeProtected) {
      guard let found = scan.unchanged(in: mapping.range) else {
        log.warning("\(mapping.subject(of: task.subject)) could not be scanned: all its pages are written")
        continue
      }
      unchanged += found
    }
    pages.leave(unchanged, to: held.filter { !$0.flags.isDisjoint(with: [.present, .parent]) })
  }

  /// Tracks writes from now on. The task is frozen, its pages were listed, and none was read yet.
  ///
  /// - Parameter parasite: In the task; makes the descriptor of one that has none yet.
  func track(_ task: FrozenTask, _ mappings: [Mapping], through parasite: Parasite) throws(Failure) {
    if tasks[task.virtualPid] == nil {
      guard try !TrackedTask.usesUserFaults(task, mappings) else {
        return log.warning("\(task.subject) uses userfaultfd itself: its writes are not tracked")
      }
      do throws(Failure) {
        tasks[task.virtualPid] = try TrackedTask.begin(task, through: parasite)
      } catch {
        return log.warning("Writes of \(task.subject) are not tracked: \(error.summary)")
      }
    }
    guard let tracked = tasks[task.virtualPid] else { return }
    let scan = try WriteScan(pid: task.pid)
    for mapping in mappings where mapping.canBeTracked {
      if let errno = tracked.add(mapping) {
        log.debug("\(mapping.subject(of: task.subject)) is not tracked: \(errno)")
      } else if !scan.protect(mapping.range) {
        log.debug("\(mapping.subject(of: task.subject)) is not tracked as a whole")
      }
    }
  }

  /// Has the tracking go on after this process, for the next dump.
  ///
  /// - Parameter sink: Gets the record by which the next dump finds it.
  func keep(in sink: any ImageSink, journal: any Journal) throws(Failure) {
    let tracked = tasks.values.sorted { $0.identity.virtualPid < $1.identity.virtualPid }
    guard !tracked.isEmpty else { return }
    try TrackingRecord.keep(tracked, journal: journal).write(to: sink)
  }
}

extension Mapping {
  /// Private memory whose pages the task's pagemap lists; huge pages of hugetlbfs are always written in full.
  fileprivate var canBeTracked: Bool {
    switch kind {
    case .anonymous, .heap, .file, .sharedMemory: hasPages && !entry.flags.contains(.hugetlb)
    case .sysV, .aioRing, .packetRing, .vdso, .vvar, .vsyscall, .leftVdso, .leftVvar: false
    }
  }
}
