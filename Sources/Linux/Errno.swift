internal import CLinux
internal import Glibc

/// An error number of the kernel (errno(3)). Only the names that the code tests for are spelled out.
public struct Errno: Hashable, Sendable, CustomStringConvertible {
  public let number: CInt

  public init(_ number: CInt) { self.number = number }

  /// Of a raw system call's result: `nil` when it is not negative.
  public init?(result: Int) {
    guard result < 0 else { return nil }
    number = CInt(-result)
  }

  /// The C library's text, "No such process".
  public var description: String { String(cString: cl_strerror(number)) }

  public static let notPermitted = Errno(EPERM)
  public static let noEntry = Errno(ENOENT)
  public static let noProcess = Errno(ESRCH)
  public static let interrupted = Errno(EINTR)
  public static let inputOutput = Errno(EIO)
  public static let badDescriptor = Errno(EBADF)
  public static let noChild = Errno(ECHILD)
  public static let tryAgain = Errno(EAGAIN)
  public static let noMemory = Errno(ENOMEM)
  public static let accessDenied = Errno(EACCES)
  public static let badAddress = Errno(EFAULT)
  public static let busy = Errno(EBUSY)
  public static let exists = Errno(EEXIST)
  public static let notDirectory = Errno(ENOTDIR)
  public static let isDirectory = Errno(EISDIR)
  public static let invalid = Errno(EINVAL)
  public static let tooManyOpenFiles = Errno(EMFILE)
  public static let tooBig = Errno(EFBIG)
  public static let noSpace = Errno(ENOSPC)
  public static let quotaExceeded = Errno(EDQUOT)
  public static let readOnlyFileSystem = Errno(EROFS)
  public static let brokenPipe = Errno(EPIPE)
  public static let nameTooLong = Errno(ENAMETOOLONG)
  public static let noSystemCall = Errno(ENOSYS)
  /// Our own checks: a damaged image.
  public static let badMessage = Errno(EBADMSG)
  /// Our own checks: a state or an option that is not supported.
  public static let notSupported = Errno(EOPNOTSUPP)
  public static let timedOut = Errno(ETIMEDOUT)
  public static let connectionRefused = Errno(ECONNREFUSED)
  public static let noData = Errno(ENODATA)
  public static let notTerminal = Errno(ENOTTY)
  public static let overflow = Errno(EOVERFLOW)
  /// Our own checks: the user's script, or client, refused.
  public static let canceled = Errno(ECANCELED)
}
