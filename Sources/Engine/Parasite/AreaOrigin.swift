internal import Linux

/// How a parasite's area comes about, which its task and we share.
public enum AreaOrigin: String, Sendable {
  /// The task maps shared memory, and we map it too, by its link in /proc/PID/map_files.
  case mapping
  /// We make a segment of System V shared memory, and the task attaches it. It needs no rights over the task but those to
  /// trace it, but the same IPC namespace, and that the task may make memory writable and executable at once.
  case segment

  /// What this host and our rights allow.
  public static let possible: AreaOrigin = MapFilesLink.canBeFollowed ? .mapping : .segment
}

/// A segment for an area. It is removed already: others can attach it for as long as we have it attached, and the kernel
/// sees to it that nothing stays. (Killed between two calls here, we leave an empty segment to `ipcs -m`.)
struct AreaSegment {
  let segment: SharedSegment
  /// In our own memory.
  let base: UnsafeMutableRawPointer

  init(for task: FrozenTask, byteCount: Int) throws(Failure) {
    let link = "/ns/ipc"
    guard try readLink("/proc/\(task.pid)\(link)") == readLink("/proc/self\(link)") else {
      throw Failure(
        "enter the task", "\(task.subject), which is in another IPC namespace", .notPermitted,
        remedy: "Run criu in that namespace (nsenter --ipc), or with CAP_CHECKPOINT_RESTORE in the first user namespace.")
    }
    segment = try SharedSegment.makePrivate(byteCount: byteCount)
    do throws(Failure) {
      let status = task.threads[0].status
      try segment.setOwner(uid: status.userIDs[1], gid: status.groupIDs[1], mode: 0o700)
      base = try segment.attach(readOnly: false)
    } catch {
      try segment.remove()
      throw error
    }
    try segment.remove()
  }

  /// SHM_EXEC
  static let executable: UInt64 = 0o100000
}
