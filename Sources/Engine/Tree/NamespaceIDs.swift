internal import Images
internal import Linux

/// Numbers for namespaces: one each, counted from 1 in the order of first sight, as image names and records use them.
final class NamespaceIDs {
  /// A kind of namespace: its link below /proc/PID/ns.
  enum Kind: String, CaseIterable {
    case pid, net, ipc, uts, mnt, user, cgroup, time
  }

  /// The kernel's name of a namespace, "net:[4026531840]", and its number.
  private var ids: [String: UInt32] = [:]

  func id(of kind: Kind, pid: Int32) throws(Failure) -> UInt32 {
    let link = try readLink("/proc/\(pid)/ns/\(kind.rawValue)")
    if let id = ids[link] { return id }
    let id = UInt32(ids.count + 1)
    ids[link] = id
    return id
  }

  /// The number of a namespace that was seen: by its link, "net:[4026531840]".
  func id(named link: String) -> UInt32? { ids[link] }

  /// Fills the namespace fields of a task's ids.
  func fill(_ entry: inout TaskKobjIdsEntry, pid: Int32) throws(Failure) {
    entry.pidNsId = try id(of: .pid, pid: pid)
    entry.netNsId = try id(of: .net, pid: pid)
    entry.ipcNsId = try id(of: .ipc, pid: pid)
    entry.utsNsId = try id(of: .uts, pid: pid)
    entry.mntNsId = try id(of: .mnt, pid: pid)
    entry.userNsId = try id(of: .user, pid: pid)
    entry.cgroupNsId = try id(of: .cgroup, pid: pid)
    entry.timeNsId = try id(of: .time, pid: pid)
  }
}
