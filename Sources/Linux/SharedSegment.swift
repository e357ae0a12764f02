internal import CLinux
internal import Glibc

/// A segment of System V shared memory in the IPC namespace of the calling process (shmget(2)).
public struct SharedSegment: Hashable, Sendable {
  public let id: Int32

  public init(id: Int32) { self.id = id }

  public struct Status: Hashable, Sendable {
    public let key: UInt32
    public let uid, gid, creatorUID, creatorGID: UInt32
    /// Permission bits, 01000 for one that was removed while it is attached, 02000 for one that is locked.
    public let mode: UInt32
    public let byteCount: UInt64
    /// Mappings of it, of all processes.
    public let attachCount: UInt64

    public static let isRemoved: UInt32 = 0o1000
  }

  /// - Throws: `EINVAL` there is none.
  public func status() throws(Failure) -> Status {
    var status = shmid_ds()
    try control("read the state of the shared memory segment", IPC_STAT, &status)
    return Status(
      key: UInt32(bitPattern: status.shm_perm.__key), uid: status.shm_perm.uid, gid: status.shm_perm.gid,
      creatorUID: status.shm_perm.cuid, creatorGID: status.shm_perm.cgid, mode: UInt32(status.shm_perm.mode),
      byteCount: UInt64(status.shm_segsz), attachCount: UInt64(status.shm_nattch))
  }

  /// - Returns: `nil` when there is none, or another's that we may not see.
  public func existing() -> Status? {
    do throws(Failure) { return try status() } catch { return nil }
  }

  /// Makes one with a number of its own (/proc/sys/kernel/shm_next_id).
  ///
  /// - Parameters:
  ///   - key: 0 for one without (IPC_PRIVATE).
  ///   - flags: Permission bits, and SHM_HUGETLB with the size's logarithm in bits 26 to 31.
  /// - Throws: `EEXIST` the number, or the key, is taken.
  public static func make(id: Int32, key: UInt32, byteCount: UInt64, flags: UInt32) throws(Failure) -> SharedSegment {
    try writeText(
      "\(id)", to: "/proc/sys/kernel/shm_next_id", "choose the number of a shared memory segment",
      remedy: "Run with CAP_CHECKPOINT_RESTORE.")
    let made = SharedSegment(
      id: Int32(
        try check(
          "make the shared memory segment", "\(id), \(byteCount) bytes, key \(key)",
          remedy: "Remove what has its key (ipcrm -M), or raise kernel.shmmax, shmall or shmmni."
        ) {
          systemCall(
            SystemCall(SYS_shmget), Int(Int32(bitPattern: key)), Int(byteCount),
            Int(UInt32(IPC_CREAT | IPC_EXCL) | flags))
        }))
    guard made.id == id else {
      try made.remove()
      throw Failure(
        "make the shared memory segment", "\(id)", .exists, remedy: "Another one has its number: remove it (ipcrm -m \(id)).")
    }
    return made
  }

  /// Makes one that nobody finds by a key, of the caller, who alone may use it.
  public static func makePrivate(byteCount: Int) throws(Failure) -> SharedSegment {
    let id = try check(
      "make a shared memory segment", "\(byteCount) bytes",
      remedy: "Raise kernel.shmmax, shmall or shmmni, or remove segments that nobody needs (ipcrm)."
    ) { systemCall(SystemCall(SYS_shmget), Int(IPC_PRIVATE), byteCount, Int(IPC_CREAT) | 0o700) }
    return SharedSegment(id: Int32(id))
  }

  public func setOwner(uid: UInt32, gid: UInt32, mode: UInt32) throws(Failure) {
    var status = shmid_ds()
    status.shm_perm.uid = uid
    status.shm_perm.gid = gid
    status.shm_perm.mode = numericCast(mode & 0o777)
    try control("set the owner of the shared memory segment", IPC_SET, &status)
  }

  /// It goes once nobody has it attached.
  public func remove() throws(Failure) {
    var status = shmid_ds()
    try control("remove the shared memory segment", IPC_RMID, &status)
  }

  /// Maps it whole in place of what is at `address` (shmat(2), SHM_REMAP).
  public func attach(at address: UInt64, readOnly: Bool, executable: Bool) throws(Failure) {
    let flags = 0o40000 | (readOnly ? 0o10000 : 0) | (executable ? 0o100000 : 0)
    try check(
      "attach the shared memory segment", "\(id) at 0x\(String(address, radix: 16))",
      remedy: "See its permissions: ipcs -m -i \(id)."
    ) { systemCall(SystemCall(SYS_shmat), Int(id), Int(address), flags) }
  }

  /// Maps it whole, anywhere.
  public func attach(readOnly: Bool) throws(Failure) -> UnsafeMutableRawPointer {
    let start = try check(
      "attach the shared memory segment", "\(id)", remedy: "See its permissions: ipcs -m -i \(id)."
    ) { systemCall(SystemCall(SYS_shmat), Int(id), 0, readOnly ? 0o10000 : 0) }
    return UnsafeMutableRawPointer(bitPattern: start)!
  }

  private func control(
    _ attempted: @autoclosure () -> String, _ command: CInt, _ status: inout shmid_ds
  ) throws(Failure) {
    try check(attempted(), "\(id)", remedy: "See ipcs -m -i \(id).") {
      withUnsafeMutablePointer(to: &status) {
        systemCall(SystemCall(SYS_shmctl), Int(id), Int(command), Int(bitPattern: $0))
      }
    }
  }
}
