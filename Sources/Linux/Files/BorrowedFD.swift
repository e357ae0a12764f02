internal import CLinux
internal import Glibc

/// A descriptor of ours whose number somebody else owns and closes. Copies freely, so collections can hold it.
public struct BorrowedFD: Hashable, Sendable {
  public let raw: CInt

  public init(_ raw: CInt) { self.raw = raw }

  // MARK: What it is

  /// statx(2) of the open file.
  public func status(_ subject: @autoclosure () -> String) throws(Failure) -> FileStatus {
    var status: FileStatus?
    try check("read the status of the file", subject(), remedy: "See the kernel log for errors of its file system.") {
      let read = FileStatus.read(directory: raw, path: "", flags: CL_AT_EMPTY_PATH)
      status = read.status
      return read.result
    }
    return status!
  }

  /// F_GETFL (fcntl(2)): access mode and status flags, with O_LARGEFILE and O_PATH where they are set.
  public func flags(_ subject: @autoclosure () -> String) throws(Failure) -> Int32 {
    try control(CL_F_GETFL, 0, "read the open flags", subject())
  }

  /// Sets those status flags that can change: O_APPEND, O_ASYNC, O_DIRECT, O_NOATIME, O_NONBLOCK.
  public func setFlags(_ flags: Int32, _ subject: @autoclosure () -> String) throws(Failure) {
    _ = try control(CL_F_SETFL, Int(flags), "set the open flags", subject())
  }

  public func setCloseOnExec(_ on: Bool, _ subject: @autoclosure () -> String) throws(Failure) {
    _ = try control(CL_F_SETFD, on ? 1 : 0, "set close-on-exec", subject())
  }

  /// fcntl(2) with an integer argument.
  public func control(
    _ command: Int32, _ argument: Int, _ attempted: @autoclosure () -> String, _ subject: @autoclosure () -> String,
    remedy: @autoclosure () -> String = "Treat this as a kernel limit of this kind of file, and close it first."
  ) throws(Failure) -> Int32 {
    Int32(
      truncatingIfNeeded: try check(attempted(), subject(), remedy: remedy()) {
        systemCall(SystemCall(SYS_fcntl), Int(raw), Int(command), argument)
      })
  }

  // MARK: Position and data

  public func seek(to position: UInt64, _ subject: @autoclosure () -> String) throws(Failure) {
    try check(
      "set the position to \(position)", subject(), remedy: "Check that the file is the one that was dumped."
    ) { systemCall(SystemCall(SYS_lseek), Int(raw), Int(bitPattern: UInt(position)), 0) }
  }

  /// The text of the symbolic link that this O_PATH descriptor stands for.
  public func linkText(_ subject: @autoclosure () -> String) throws(Failure) -> FilePath {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = try check("read the link", subject(), remedy: "See the kernel log for errors of its file system.") {
      FilePath("").withAddress { empty in
        buffer.withUnsafeMutableBytes {
          systemCall(SystemCall(SYS_readlinkat), Int(raw), empty, Int(bitPattern: $0.baseAddress), $0.count)
        }
      }
    }
    return FilePath(buffer[..<count])
  }

  /// The next extent of data at or after `offset` (SEEK_DATA, SEEK_HOLE).
  ///
  /// - Returns: `nil` when there is none before the end.
  public func dataExtent(from offset: UInt64, _ subject: @autoclosure () -> String) throws(Failure) -> Range<UInt64>? {
    let start = systemCall(SystemCall(SYS_lseek), Int(raw), Int(offset), Int(CL_SEEK_DATA))
    if Errno(result: start) == Errno(ENXIO) { return nil }
    try check("find the data", subject(), remedy: "See the kernel log for errors of its file system.") { start }
    let end = try check("find the data", subject(), remedy: "See the kernel log for errors of its file system.") {
      systemCall(SystemCall(SYS_lseek), Int(raw), start, Int(CL_SEEK_HOLE))
    }
    return UInt64(start)..<UInt64(end)
  }

  /// pread(2) until the buffer is full or the file ends.
  ///
  /// - Returns: Bytes read.
  public func read(
    into buffer: inout [UInt8], at offset: UInt64, _ subject: @autoclosure () -> String
  ) throws(Failure) -> Int {
    var done = 0
    let wanted = buffer.count
    while done < wanted {
      let start = done
      let count = try check("read the file", subject(), remedy: "See the kernel log for errors of its file system.") {
        buffer.withUnsafeMutableBytes {
          File.read(raw, at: Int(offset) + start, into: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
        }
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// ftruncate(2): cuts the file or adds a hole.
  public func setByteCount(_ byteCount: UInt64, _ subject: @autoclosure () -> String) throws(Failure) {
    try check("give the file \(byteCount) bytes", subject(), remedy: "Raise the limit of file sizes (ulimit -f).") {
      File.setSize(raw, Int(clamping: byteCount))
    }
  }

  /// pwrite(2) of all bytes.
  public func write(_ bytes: RawSpan, at offset: UInt64, _ subject: @autoclosure () -> String) throws(Failure) {
    try bytes.withUnsafeBytes { (buffer) throws(Failure) in
      var done = 0
      while done < buffer.count {
        done += try check("write the file", subject(), remedy: "Make room on its file system, then restore again.") {
          File.write(raw, at: Int(offset) + done, UnsafeRawBufferPointer(rebasing: buffer[done...]))
        }
      }
    }
  }

  /// read(2) once, up to the count of `buffer`.
  ///
  /// - Returns: Bytes read; 0 at the end.
  public func read(into buffer: inout [UInt8], _ subject: @autoclosure () -> String) throws(Failure) -> Int {
    try check("read", subject(), remedy: "Check that the far end is as expected.") {
      buffer.withUnsafeMutableBytes {
        systemCall(SystemCall(SYS_read), Int(raw), Int(bitPattern: $0.baseAddress), $0.count)
      }
    }
  }

  /// write(2) of all bytes.
  public func write(_ bytes: RawSpan, _ subject: @autoclosure () -> String) throws(Failure) {
    try bytes.withUnsafeBytes { (buffer) throws(Failure) in
      var done = 0
      while done < buffer.count {
        done += try check("write", subject(), remedy: "Check that the far end is as expected.") {
          systemCall(
            SystemCall(SYS_write), Int(raw), Int(bitPattern: buffer.baseAddress) + done, buffer.count - done)
        }
      }
    }
  }
}

extension OwnedFD {
  /// The number without the duty to close it; valid while the owner is.
  public borrowing func borrowed() -> BorrowedFD { withRaw { BorrowedFD($0) } }
}
