internal import CLinux
internal import Glibc

extension FilePath {
  /// renameat2(2), not over something else.
  ///
  /// - Throws: `EEXIST` there is something at the new path.
  public func rename(to newPath: FilePath, remedy: @autoclosure () -> String) throws(Failure) {
    try check("rename the file", "\(description) to \(newPath)", remedy: remedy()) {
      withAddress { from in
        newPath.withAddress { to in
          systemCall(SystemCall(SYS_renameat2), Int(CL_AT_FDCWD), from, Int(CL_AT_FDCWD), to, 1)
        }
      }
    }
  }
}
