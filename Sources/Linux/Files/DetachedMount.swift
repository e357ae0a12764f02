internal import CLinux
internal import Glibc

/// Mounts a file system where no path leads to it (fsopen(2), fsmount(2)): it is unmounted when its last descriptor is
/// closed, whatever becomes of us.
///
/// - Parameters:
///   - flags, texts: Options of the file system, without and with a value.
/// - Returns: Its root directory.
/// - Throws: `EPERM` without CAP_SYS_ADMIN, `ENOENT` or `EINVAL` the kernel has no such file system, or option.
public func mountDetached(
  _ type: String, flags: [String] = [], texts: [(key: String, value: String)] = [], _ subject: String,
  remedy: @autoclosure () -> String
) throws(Failure) -> OwnedFD {
  func call(_ body: () -> Int) throws(Failure) -> Int {
    try check("mount the \(type) file system", subject, remedy: remedy(), body)
  }
  let closeOnExec = 1  // FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC
  let context = OwnedFD(
    adopting: CInt(try call { type.withCString { systemCall(SystemCall(SYS_fsopen), Int(bitPattern: $0), closeOnExec) } }))
  return try context.withRaw { (context) throws(Failure) -> OwnedFD in
    func configure(_ command: Int, _ key: String? = nil, _ value: String? = nil) throws(Failure) {
      _ = try call {
        withAddress(of: key) { key in
          withAddress(of: value) { systemCall(SystemCall(SYS_fsconfig), Int(context), command, key, $0, 0) }
        }
      }
    }
    for flag in flags { try configure(0, flag) }  // FSCONFIG_SET_FLAG
    for text in texts { try configure(1, text.key, text.value) }  // FSCONFIG_SET_STRING
    try configure(6)  // FSCONFIG_CMD_CREATE
    return OwnedFD(adopting: CInt(try call { systemCall(SystemCall(SYS_fsmount), Int(context), closeOnExec, 0) }))
  }
}

private func withAddress(of text: String?, _ body: (Int) -> Int) -> Int {
  guard let text else { return body(0) }
  return text.withCString { body(Int(bitPattern: $0)) }
}
