internal import CLinux
internal import Glibc

/// How a file is opened (open(2)). `O_CLOEXEC` is always set.
public struct OpenFlags: OptionSet, Sendable {
  public let rawValue: CInt
  public init(rawValue: CInt) { self.rawValue = rawValue }

  public static let readOnly = OpenFlags(rawValue: O_RDONLY)
  public static let writeOnly = OpenFlags(rawValue: O_WRONLY)
  public static let readWrite = OpenFlags(rawValue: O_RDWR)
  public static let create = OpenFlags(rawValue: O_CREAT)
  public static let exclusive = OpenFlags(rawValue: O_EXCL)
  public static let truncate = OpenFlags(rawValue: O_TRUNC)
  public static let append = OpenFlags(rawValue: O_APPEND)
  public static let directory = OpenFlags(rawValue: O_DIRECTORY)
  public static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
  /// `O_TMPFILE`: a file without a name, in the directory that is named.
  public static let unnamed = OpenFlags(rawValue: 0o20200000)
  /// `O_PATH`: a place in the file tree, without its contents.
  public static let path = OpenFlags(rawValue: 0o10000000)
}

/// System calls on files, as the kernel has them: each gives the result, or the error number negated, and is tried
/// once. Run them within `check`, which repeats them after a signal.
public enum File {
  /// For `in:`, the directory from which relative paths start: the working directory (`AT_FDCWD`).
  public static let workingDirectory: CInt = AT_FDCWD

  /// openat(2). Returns the new descriptor; adopt it at once.
  public static func open(
    _ path: String, in directory: CInt = workingDirectory, _ flags: OpenFlags, mode: UInt32 = 0
  ) -> Int {
    path.withCString { path in
      systemCall(
        SystemCall(SYS_openat), Int(directory), Int(bitPattern: path), Int(flags.rawValue | O_CLOEXEC), Int(mode))
    }
  }

  /// write(2). Returns the bytes written, which may be fewer than were given.
  public static func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    systemCall(SystemCall(SYS_write), Int(descriptor), Int(bitPattern: bytes.baseAddress), bytes.count)
  }

  /// pwrite(2), which leaves the descriptor's offset alone. Returns as `write`.
  public static func write(_ descriptor: CInt, at offset: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
    systemCall(SystemCall(SYS_pwrite64), Int(descriptor), Int(bitPattern: bytes.baseAddress), bytes.count, offset)
  }

  /// ftruncate(2).
  public static func setSize(_ descriptor: CInt, _ byteCount: Int) -> Int {
    systemCall(SystemCall(SYS_ftruncate), Int(descriptor), byteCount)
  }

  /// read(2). Returns the bytes read; 0 only at the end.
  public static func read(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    systemCall(SystemCall(SYS_read), Int(descriptor), Int(bitPattern: buffer.baseAddress), buffer.count)
  }

  /// pread(2), which leaves the descriptor's offset alone: processes that share it do not disturb each other.
  public static func read(_ descriptor: CInt, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    systemCall(SystemCall(SYS_pread64), Int(descriptor), Int(bitPattern: buffer.baseAddress), buffer.count, offset)
  }

  /// preadv(2). `IOV_MAX` (1024) buffers at most.
  public static func read(_ descriptor: CInt, at offset: Int, into buffers: [UnsafeMutableRawBufferPointer]) -> Int {
    // The kernel takes the offset in two halves on every machine; a 64-bit one reads only the first.
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(buffers.count, 1)) { vectors in
      for (index, buffer) in buffers.enumerated() {
        vectors.initializeElement(at: index, to: iovec(iov_base: buffer.baseAddress, iov_len: buffer.count))
      }
      return systemCall(
        SystemCall(SYS_preadv), Int(descriptor), Int(bitPattern: vectors.baseAddress), buffers.count, offset)
    }
  }

  /// lseek(2) to the end. Returns the file's size in bytes. The offset is one with that of every process that shares
  /// the descriptor: for files that are read by pread alone.
  public static func seekToEnd(_ descriptor: CInt) -> Int {
    systemCall(SystemCall(SYS_lseek), Int(descriptor), 0, Int(SEEK_END))
  }

  /// splice(2) from a pipe to the end of what was written to a file. Returns the bytes moved; 0 only when the pipe is
  /// empty and has no writer.
  public static func splice(from pipe: CInt, to descriptor: CInt, byteCount: Int) -> Int {
    let move = 1  // SPLICE_F_MOVE
    return systemCall(SystemCall(SYS_splice), Int(pipe), 0, Int(descriptor), 0, byteCount, move)
  }

  /// fsync(2), which returns once the file's data and size are on the disk.
  public static func sync(_ descriptor: CInt) -> Int { systemCall(SystemCall(SYS_fsync), Int(descriptor)) }

  /// fallocate(2) that gives back what the file has there: it reads as zeros from then on, and the file keeps its size.
  public static func punchHole(_ descriptor: CInt, at offset: Int, byteCount: Int) -> Int {
    let mode = 3  // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
    return systemCall(SystemCall(SYS_fallocate), Int(descriptor), mode, offset, byteCount)
  }

  /// sync_file_range(2) over the whole file: starts to write its data, and waits for nothing.
  public static func startSync(_ descriptor: CInt) -> Int {
    let write = 2  // SYNC_FILE_RANGE_WRITE
    return systemCall(SystemCall(SYS_sync_file_range), Int(descriptor), 0, 0, write)
  }

  /// renameat(2) within one directory; replaces what has the new name.
  public static func rename(_ path: String, to newPath: String, in directory: CInt) -> Int {
    path.withCString { path in
      newPath.withCString { newPath in
        systemCall(
          SystemCall(SYS_renameat), Int(directory), Int(bitPattern: path), Int(directory), Int(bitPattern: newPath))
      }
    }
  }

  /// linkat(2): gives a file that was opened a name.
  public static func name(_ descriptor: CInt, _ path: String, in directory: CInt) -> Int {
    path.withCString { path in
      // Through /proc, which asks for no capability.
      "/proc/self/fd/\(descriptor)".withCString { file in
        systemCall(
          SystemCall(SYS_linkat), Int(AT_FDCWD), Int(bitPattern: file), Int(directory), Int(bitPattern: path),
          Int(AT_SYMLINK_FOLLOW))
      }
    }
  }

  /// symlinkat(2): makes a link with the text `target`.
  public static func link(_ path: String, in directory: CInt, to target: String) -> Int {
    path.withCString { path in
      target.withCString { target in
        systemCall(SystemCall(SYS_symlinkat), Int(bitPattern: target), Int(directory), Int(bitPattern: path))
      }
    }
  }

  /// unlinkat(2).
  public static func unlink(_ path: String, in directory: CInt = workingDirectory) -> Int {
    path.withCString { path in systemCall(SystemCall(SYS_unlinkat), Int(directory), Int(bitPattern: path), 0) }
  }

  /// unlinkat(2) of an empty directory.
  public static func removeDirectory(_ path: String) -> Int {
    let directory = 0x200  // AT_REMOVEDIR
    return path.withCString {
      systemCall(SystemCall(SYS_unlinkat), Int(workingDirectory), Int(bitPattern: $0), directory)
    }
  }
}
