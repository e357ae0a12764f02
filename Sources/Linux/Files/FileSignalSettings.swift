internal import CLinux
internal import Glibc

/// Who gets which signal when a file becomes ready (fcntl(2)).
public struct FileSignalSettings: Hashable, Sendable {
  /// 0 a thread, 1 a process, 2 a process group.
  public var kind: UInt32
  /// 0 for nobody, and then so are both user ids.
  public var pid: Int32
  /// 0 for SIGIO.
  public var signal: Int32
  /// Of the process that set the owner: it must be allowed to signal it.
  public var uid: UInt32
  public var euid: UInt32

  public init(kind: UInt32, pid: Int32, signal: Int32, uid: UInt32, euid: UInt32) {
    self.kind = kind
    self.pid = pid
    self.signal = signal
    self.uid = uid
    self.euid = euid
  }
}

extension AskedFile {
  /// F_GETOWN_EX, F_GETSIG and, where there is an owner, F_GETOWNER_UIDS.
  public func signalSettings(_ subject: @autoclosure () -> String) throws(Failure) -> FileSignalSettings {
    var owner = cl_owner()
    try check("read the owner", subject(), remedy: "Report this with the version of the kernel.") {
      withUnsafeMutableBytes(of: &owner) { ask(.signalOwner, into: $0).result }
    }
    let signal = try check("read the signal", subject(), remedy: "Report this with the version of the kernel.") {
      ask(.signalNumber)
    }
    var settings = FileSignalSettings(
      kind: UInt32(bitPattern: owner.type), pid: owner.pid, signal: Int32(truncatingIfNeeded: signal), uid: 0, euid: 0)
    guard owner.pid != 0 else {
      settings.kind = 0
      return settings
    }
    var uids: (UInt32, UInt32) = (0, 0)
    try check("read the user of the owner", subject(), remedy: "The kernel lacks CONFIG_CHECKPOINT_RESTORE.") {
      withUnsafeMutableBytes(of: &uids) { ask(.signalOwnerUsers, into: $0).result }
    }
    (settings.uid, settings.euid) = uids
    return settings
  }
}

extension BorrowedFD {
  /// F_SETSIG and F_SETOWN_EX, the latter under the user ids of the settings: the kernel notes them with the owner.
  /// Others than its own the caller can only take as root with ids 0, 0, 0, which it has again afterwards.
  public func setSignalSettings(
    _ settings: FileSignalSettings, _ subject: @autoclosure () -> String
  ) throws(Failure) {
    if settings.signal != 0 {
      _ = try control(CL_F_SETSIG, Int(settings.signal), "set the signal \(settings.signal)", subject())
    }
    guard settings.pid != 0 else { return }
    var owner = cl_owner(type: Int32(bitPattern: settings.kind), pid: settings.pid)
    let changesUser = settings.uid != getuid() || settings.euid != geteuid()
    if changesUser { try setUserIDs(settings.uid, settings.euid, 0) }
    try askOwner(CL_F_SETOWN_EX, &owner, "set the owner to pid \(settings.pid)", subject())
    if changesUser {
      try setUserIDs(nil, 0, nil)
      try setUserIDs(0, 0, 0)
    }
  }

  /// Nobody gets signals of this file (F_SETOWN_EX of pid 0).
  public func clearOwner(_ subject: @autoclosure () -> String) throws(Failure) {
    var owner = cl_owner(type: 1, pid: 0)
    try askOwner(CL_F_SETOWN_EX, &owner, "clear the owner", subject())
  }

  private func askOwner(
    _ command: Int32, _ owner: inout cl_owner, _ attempted: @autoclosure () -> String,
    _ subject: @autoclosure () -> String
  ) throws(Failure) {
    try check(attempted(), subject(), remedy: "Check that the owner is there: it must be a task of the tree.") {
      withUnsafeMutableBytes(of: &owner) {
        systemCall(SystemCall(SYS_fcntl), Int(raw), Int(command), Int(bitPattern: $0.baseAddress))
      }
    }
  }
}

/// setresuid(2) of the calling thread; `nil` leaves an id.
private func setUserIDs(_ real: UInt32?, _ effective: UInt32?, _ saved: UInt32?) throws(Failure) {
  try check("take the user ids of a file's owner", "this process", remedy: "Restore with CAP_SETUID, as root.") {
    systemCall(
      SystemCall(SYS_setresuid), real.map(Int.init) ?? -1, effective.map(Int.init) ?? -1, saved.map(Int.init) ?? -1)
  }
}
