internal import CLinux

/// Flags of an open file as numbers of the kernel (F_GETFL of fcntl(2)), which the images hold too.
public enum FileFlags {
  public static let accessMode = UInt32(CL_O_ACCMODE)
  public static let readOnly = UInt32(CL_O_RDONLY)
  public static let writeOnly = UInt32(CL_O_WRONLY)
  public static let readWrite = UInt32(CL_O_RDWR)
  public static let create = UInt32(CL_O_CREAT)
  public static let exclusive = UInt32(CL_O_EXCL)
  public static let noControllingTerminal = UInt32(CL_O_NOCTTY)
  public static let truncate = UInt32(CL_O_TRUNC)
  public static let append = UInt32(CL_O_APPEND)
  public static let nonBlocking = UInt32(CL_O_NONBLOCK)
  public static let signalDriven = UInt32(CL_O_ASYNC)
  public static let direct = UInt32(CL_O_DIRECT)
  public static let largeFile = UInt32(CL_O_LARGEFILE)
  public static let directory = UInt32(CL_O_DIRECTORY)
  public static let noFollow = UInt32(CL_O_NOFOLLOW)
  public static let closeOnExec = UInt32(CL_O_CLOEXEC)
  public static let pathOnly = UInt32(CL_O_PATH)
  /// O_TMPFILE without O_DIRECTORY.
  public static let temporary = UInt32(CL_O_TMPFILE_BIT)
}
