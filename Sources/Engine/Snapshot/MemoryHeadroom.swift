internal import Linux
internal import Streams

/// How much memory a program's cgroups and the machine have left. While a program has a clone, each page that it writes
/// is copied, at its own cgroup's charge.
final class MemoryHeadroom {
  /// Of one cgroup and of those above it that have a limit.
  private struct Limits {
    var directories: [String] = []
    /// Without memory, all of the cgroup is killed, whatever the kernel thinks of the single tasks (memory.oom.group).
    var endsTogether = false
  }

  /// Where the memory controller is: version 1 or 2; `nil` where we cannot look.
  private let hierarchy: CgroupHierarchy?
  private var limits: [FilePath: Limits] = [:]

  init(log: Log) throws(Failure) {
    // Only asked for where it is: a mount would move a controller that is in neither version.
    let own = try CgroupMembership.all(pid: currentPid()).map(\.hierarchy)
    let name = own.first { $0.split(separator: ",").contains("memory") } ?? ""
    do throws(Failure) {
      hierarchy = own.contains(name) ? try CgroupHierarchy(name, yard: nil) : nil
    } catch {
      log.warning("The limits of cgroups cannot be seen: \(error.summary)")
      hierarchy = nil
    }
  }

  /// Looks at a task's cgroup, from now on too.
  ///
  /// - Returns: Whether, for lack of memory, a clone of it could outlive it.
  func add(_ pid: Int32) throws(Failure) -> Bool {
    let readiness = Int(try readText("/proc/\(pid)/oom_score_adj").filter { $0 != "\n" }) ?? 0
    let isReadyToDie = readiness > 900  // of 1000, which a clone has
    guard let hierarchy else { return isReadyToDie }
    let membership = try CgroupMembership.all(pid: pid).first { $0.hierarchy == hierarchy.name }
    guard let path = membership?.path else { return isReadyToDie }
    if limits[path] == nil { limits[path] = try look(at: path, of: hierarchy) }
    return isReadyToDie || limits[path]!.endsTogether
  }

  private func look(at path: FilePath, of hierarchy: CgroupHierarchy) throws(Failure) -> Limits {
    var limits = Limits()
    var cgroup = "/"
    for name in [""] + path.description.split(separator: "/").map(String.init) {
      cgroup = cgroup.appending(cgroup: name)
      let directory = hierarchy.path(of: cgroup).description
      if try MemoryHeadroom.limit(directory, hierarchy) != nil { limits.directories.append(directory) }
      if hierarchy.isVersion2, try MemoryHeadroom.number("\(directory)/memory.oom.group") == 1 { limits.endsTogether = true }
    }
    return limits
  }

  /// Bytes that are left everywhere.
  ///
  /// - Parameter wanted: Where there are as many, it does not matter how many more.
  func left(wanted: Int) throws(Failure) -> Int {
    var least = try availableMemory()
    guard let hierarchy else { return least }
    for directory in Set(limits.values.flatMap(\.directories)) {
      guard let limit = try MemoryHeadroom.limit(directory, hierarchy),
        let usage = try MemoryHeadroom.number(
          "\(directory)/memory.\(hierarchy.isVersion2 ? "current" : "usage_in_bytes")")
      else { continue }
      if limit - usage >= min(wanted, least) { continue }
      // What files have in the cache can be had at once, where they have not been used lately.
      let key = hierarchy.isVersion2 ? "inactive_file" : "total_inactive_file"
      let cache = try Linux.number(after: key, in: "\(directory)/memory.stat") ?? 0
      least = min(least, limit - usage + cache)
    }
    return least
  }

  // MARK: Files

  private static func limit(_ directory: String, _ hierarchy: CgroupHierarchy) throws(Failure) -> Int? {
    if hierarchy.isVersion2 {
      return [try number("\(directory)/memory.max"), try number("\(directory)/memory.high")].compactMap { $0 }.min()
    }
    // Without a limit it is about 2 to the power of 63.
    return try number("\(directory)/memory.limit_in_bytes").flatMap { $0 < 1 << 60 ? $0 : nil }
  }

  /// - Returns: `nil` where there is no such file, or "max" in it.
  private static func number(_ path: String) throws(Failure) -> Int? {
    do throws(Failure) { return Int(try readText(path).filter { $0 != "\n" }) } catch {
      guard error.errno == .noEntry else { throw error }
      return nil
    }
  }
}
