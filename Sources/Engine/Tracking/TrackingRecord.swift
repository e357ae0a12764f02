internal import Linux
internal import Streams

/// The keeper of the tracking between two dumps, and the file of the set that names it, "tracking":
///
///     keeper PID START
///     task VIRTUAL-PID PID START DESCRIPTOR
///
/// with a line for each task; pids are the engine's, START is in clock ticks since boot, and DESCRIPTOR is a number of
/// the keeper's, from which the next dump takes a copy (pidfd_getfd(2)). The file is of no use on another machine or
/// after the keeper's end.
struct TrackingRecord {
  private let pid: Int32
  private let startTime: UInt64
  private let tasks: [(identity: TrackedTask.Identity, descriptor: CInt)]

  // MARK: The record

  static func read(from source: any ImageSource) throws(Failure) -> TrackingRecord? {
    guard let reader = try source.open(.tracking) else { return nil }
    var text: [UInt8] = []
    try reader.readEach { text += $0 }
    var lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
    guard let first = lines.first, first.count == 3, first[0] == "keeper", let pid = Int32(first[1]),
      let start = UInt64(first[2])
    else { throw damaged }
    lines.removeFirst()
    var tasks: [(TrackedTask.Identity, CInt)] = []
    for line in lines {
      guard line.count == 5, line[0] == "task", let virtualPid = Int32(line[1]), let pid = Int32(line[2]),
        let start = UInt64(line[3]), let descriptor = CInt(line[4])
      else { throw damaged }
      tasks.append((TrackedTask.Identity(virtualPid: virtualPid, pid: pid, startTime: start), descriptor))
    }
    return TrackingRecord(pid: pid, startTime: start, tasks: tasks)
  }

  func write(to sink: any ImageSink) throws(Failure) {
    var text = "keeper \(pid) \(startTime)\n"
    for (task, descriptor) in tasks {
      text += "task \(task.virtualPid) \(task.pid) \(task.startTime) \(descriptor)\n"
    }
    let stream = try sink.open(.tracking)
    try stream.write(Array(text.utf8).span.bytes)
    try stream.finish()
  }

  private static var damaged: Failure {
    Failure(
      "find who tracked the tree", "\(ImageName.tracking) of the parent set", .badMessage,
      remedy: "Remove this file from the parent set: all pages are written then.")
  }

  // MARK: The keeper

  /// Takes the descriptors over, and ends the keeper: whatever becomes of this dump, the parent of the next is not the
  /// set that this keeper stands for.
  ///
  /// - Returns: `nil` when the keeper is gone.
  func takeOver() throws(Failure) -> [TrackedTask]? {
    guard let keeper = try openKeeper() else { return nil }
    var taken: [TrackedTask] = []
    for (identity, descriptor) in tasks {
      do throws(Failure) {
        taken.append(
          TrackedTask(identity, try copyDescriptor(descriptor, of: keeper.borrowed(), "of the keeper, pid \(pid)")))
      } catch {
        // It let go of a task that ended, or is ending itself.
        guard error.errno == .badDescriptor || error.errno == .noProcess else { throw error }
      }
    }
    killProcess(pid)
    try awaitEnd(of: keeper, "the keeper of the parent set, pid \(pid)")
    return taken
  }

  private func openKeeper() throws(Failure) -> OwnedFD? {
    do throws(Failure) {
      let keeper = try openProcess(pid)
      // The number may be another process's by now; that it is ours is certain once it is open.
      guard try ProcStat(pid: pid).startTime == startTime else { return nil }
      return keeper
    } catch {
      if error.errno == .noProcess || error.errno == .noEntry { return nil }
      throw error
    }
  }

  /// Starts a keeper, which ends with the tasks.
  static func keep(_ tracked: [TrackedTask], journal: any Journal) throws(Failure) -> TrackingRecord {
    var processes: [CInt] = []
    var kept: [TrackedTask] = []
    for task in tracked {
      do throws(Failure) { processes.append(try openProcess(task.identity.pid).release()) } catch {
        guard error.errno == .noProcess else { throw error }
        continue  // it ended since it was let go
      }
      kept.append(task)
    }
    defer { for process in processes { BorrowedFD(process).close() } }
    let descriptors = kept.map { $0.descriptor.borrowed().raw }
    guard case .parent(let child) = try cloneProcess() else { run(processes, descriptors) }
    let startTime = try ProcStat(pid: child).startTime
    _ = try journal.enter(.processStarted(pid: child, startTime: startTime))
    return TrackingRecord(
      pid: child, startTime: startTime, tasks: zip(kept.map(\.identity), descriptors).map { ($0, $1) })
  }

  private static func run(_ processes: [CInt], _ descriptors: [CInt]) -> Never {
    do throws(Failure) {
      try changeDirectory(to: "/")
      try becomeWatcher(name: "criu-tracker", keeping: processes + descriptors)
      var left = Array(zip(processes, descriptors))
      while !left.isEmpty {
        let ended = try waitReady(left.map { PollEntry(BorrowedFD($0.0), .reading) })
        for (task, hasEnded) in zip(left, ended) where hasEnded {
          BorrowedFD(task.0).close()
          BorrowedFD(task.1).close()
        }
        left = zip(left, ended).filter { !$1 }.map(\.0)
      }
    } catch {
      exitNow(1)  // nobody listens: the next dump finds it gone, and writes all pages
    }
    exitNow(0)
  }
}
