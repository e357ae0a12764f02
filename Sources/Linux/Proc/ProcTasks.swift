internal import CLinux
internal import Glibc

/// The threads of a process, the leader first, the others by ascending tid (/proc/PID/task).
///
/// - Throws: `ENOENT` it has ended.
public func threads(of pid: Int32) throws(Failure) -> [Int32] {
  let path = "/proc/\(pid)/task"
  guard let directory = opendir(path) else {
    throw Failure(
      "list the threads", "pid \(pid)", Errno(Glibc.errno),
      remedy: "The task ended, or /proc is not mounted or hides it (hidepid).")
  }
  defer { closedir(directory) }
  var found: [Int32] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if let tid = Int32(name) { found.append(tid) }
  }
  return found.sorted { ($0 == pid ? 0 : $0) < ($1 == pid ? 0 : $1) }
}

/// The children that a thread has made, living or not waited for (/proc/PID/task/TID/children).
///
/// Complete only when the thread's children are stopped: read it again until nothing new appears.
public func children(of pid: Int32, thread tid: Int32) throws(Failure) -> [Int32] {
  try readBytes("/proc/\(pid)/task/\(tid)/children").split(separator: UInt8(ascii: " ")).compactMap {
    Int32(String(decoding: $0, as: UTF8.self))
  }
}
