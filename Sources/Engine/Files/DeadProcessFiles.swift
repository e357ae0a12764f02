internal import Images
internal import Linux
internal import Streams

/// Files in the /proc of a process that has ended, such as a working directory: a restore opens those of a process that
/// it makes for that, under the same pid, and ends when all are open.
final class DeadProcessFiles: KindState {
  /// By the pid that is in the path.
  private var records: [Int32: [UInt32]] = [:]
  /// Processes that stand for them, and their pids, which are others where those are taken.
  private var standing: [Int32: Int32] = [:]

  // MARK: Dump

  /// The process whose file it was; `nil` for a file of no process.
  ///
  /// - Parameter path: Of a file that has it no more.
  static func pid(of path: FilePath, _ status: FileStatus) throws(Failure) -> UInt32? {
    let parts = path.bytes.split(separator: UInt8(ascii: "/"), maxSplits: 2)
    guard parts.count > 1, parts[0].elementsEqual("proc".utf8),
      let pid = UInt32(String(decoding: parts[1], as: UTF8.self)),
      try FilePath("/proc").status()?.device == status.device
    else { return nil }
    return pid
  }

  // MARK: Restore

  func add(_ id: UInt32, pid: UInt32) { records[Int32(truncatingIfNeeded: pid), default: []].append(id) }

  /// In the engine, before any task is made.
  ///
  /// - Parameter tree: The pids of the tree: a process of it that has the pid again stands for the dead one.
  /// - Returns: Where to open each file meanwhile, by the id of its record.
  func prepare(tree: Set<Int32>, _ name: (UInt32) throws(Failure) -> FilePath) throws(Failure) -> [UInt32: FilePath] {
    var paths: [UInt32: FilePath] = [:]
    for (pid, ids) in records.sorted(by: { $0.key < $1.key }) {
      let standIn = tree.contains(pid) ? pid : try start(pid)
      for id in ids {
        let rest = try name(id).bytes.split(separator: UInt8(ascii: "/"), maxSplits: 2).dropFirst(2)
        paths[id] = FilePath(Array("/proc/\(standIn)".utf8) + rest.flatMap { [UInt8(ascii: "/")] + $0 })
      }
    }
    return paths
  }

  private func start(_ pid: Int32) throws(Failure) -> Int32 {
    let side: CloneSide
    do throws(Failure) { side = try cloneProcess(pid: pid) } catch {
      guard error.errno == .exists else { throw error }
      side = try cloneProcess()
    }
    guard case .parent(let child) = side else {
      blockAllSignals()
      dieWithParent()
      while true { pause(for: .seconds(3600)) }
    }
    standing[pid] = child
    return child
  }

  /// Once every task has opened its files.
  func cleanUp() throws(Failure) {
    for child in standing.values {
      killProcess(child)
      _ = try waitForEnd(of: child)
    }
    standing = [:]
  }
}
