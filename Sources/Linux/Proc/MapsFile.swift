internal import CLinux
internal import Glibc

/// The mappings of a process.
public enum MapsFile {
  /// 0.3 µs a mapping in the kernel.
  case maps
  /// 3 µs a mapping in the kernel: flags, page sizes and what is shared come with it.
  case smaps

  /// Reads all mappings, in ascending order.
  ///
  /// - Throws: `ESRCH` or `ENOENT` the process ended.
  public func read(pid: Int32) throws(Failure) -> [MapsEntry] { try read(path: "/proc/\(pid)/\(self)") }

  /// Of the calling process.
  public func readOwn() throws(Failure) -> [MapsEntry] { try read(path: "/proc/self/\(self)") }

  private func read(path: String) throws(Failure) -> [MapsEntry] {
    let file = try openProc(path)
    var parser = MapsParser()
    let capacity = 1 << 16  // the kernel gives 4 KiB a call; no line is longer than a path
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    defer { buffer.deallocate() }
    var kept = 0
    while true {
      let count = try file.withRaw { (file) throws(Failure) in
        try check("read the mappings", path, remedy: "The task ended: freeze its cgroup first with --freeze-cgroup.") {
          systemCall(
            SystemCall(SYS_read), Int(file), Int(bitPattern: buffer.baseAddress! + kept), capacity - kept)
        }
      }
      if count == 0 { return parser.entries }
      let filled = UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)])
      let taken = try parser.take(filled)
      kept = filled.count - taken
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: filled[taken...]))
    }
  }
}

/// Opens a file of /proc to read it.
///
/// - Throws: `ENOENT` the process ended, `EACCES` it is not ours to read.
func openProc(_ path: String) throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check("open", path, remedy: "The task ended, or /proc is not mounted or hides it (hidepid).") {
        path.withCString {
          systemCall(SystemCall(SYS_openat), Int(AT_FDCWD), Int(bitPattern: $0), Int(O_RDONLY | O_CLOEXEC))
        }
      }))
}
