internal import Glibc

extension Errno {
  public static let addressInUse = Errno(EADDRINUSE)
  public static let notConnected = Errno(ENOTCONN)
  public static let inProgress = Errno(EINPROGRESS)
}
